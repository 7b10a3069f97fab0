package netpol

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"
)

// A pod runs for a second or more before the API server tells its address. So that it has its rules before its first
// packet, a plugin at the end of the CNI chain announces the address and holds the pod back until they are loaded.

const (
	socket   = "/run/netpol.sock"
	patience = 20 * time.Second
)

// announcement is the address of a pod that is about to start.
type announcement struct {
	UID      types.UID
	Address  string
	loaded   chan struct{}
	released bool
}

// release lets the pod go; the enforcer alone calls it.
func (a *announcement) release() {
	if !a.released {
		a.released = true
		close(a.loaded)
	}
}

// NewAnnounceCommand returns the CNI plugin.
func NewAnnounceCommand() *cobra.Command {
	return &cobra.Command{
		Use:          "netpol-announce",
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			return runPlugin(os.Getenv("CNI_COMMAND"), os.Getenv("CNI_ARGS"), os.Stdin, os.Stdout)
		},
	}
}

// runPlugin speaks the CNI protocol; the result of the plugins before is passed on as it is.
func runPlugin(command, arguments string, in io.Reader, out io.Writer) error {
	switch command {
	case "VERSION":
		_, err := fmt.Fprintln(out, `{"cniVersion":"0.4.0","supportedVersions":["0.3.1","0.4.0"]}`)
		return err
	case "ADD":
		var config struct {
			PrevResult json.RawMessage `json:"prevResult"`
		}
		if err := json.NewDecoder(in).Decode(&config); err != nil {
			return err
		}
		address, err := addressOf(config.PrevResult)
		if err != nil {
			return err
		}
		if err := announce(announcement{UID: podUID(arguments), Address: address}); err != nil {
			return err
		}
		_, err = out.Write(config.PrevResult)
		return err
	}
	return nil
}

func addressOf(result []byte) (string, error) {
	var parsed struct {
		IPs []struct {
			Address string `json:"address"`
		} `json:"ips"`
	}
	if err := json.Unmarshal(result, &parsed); err != nil {
		return "", err
	}
	if len(parsed.IPs) == 0 {
		return "", errors.New("the plugins before gave no address")
	}
	address, _, err := net.ParseCIDR(parsed.IPs[0].Address)
	return address.String(), err
}

// podUID reads `K8S_POD_UID=...` in the list that the runtime gives.
func podUID(arguments string) types.UID {
	for _, argument := range strings.Split(arguments, ";") {
		if uid, found := strings.CutPrefix(argument, "K8S_POD_UID="); found {
			return types.UID(uid)
		}
	}
	return ""
}

// announce returns once the rules of the pod are loaded.
func announce(one announcement) error {
	deadline := time.Now().Add(patience)
	connection, err := net.Dial("unix", socket)
	for err != nil && time.Now().Before(deadline) { // the component starts again
		time.Sleep(50 * time.Millisecond)
		connection, err = net.Dial("unix", socket)
	}
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetDeadline(deadline); err != nil {
		return err
	}
	if err := json.NewEncoder(connection).Encode(one); err != nil {
		return err
	}
	_, err = io.ReadFull(connection, make([]byte, 1))
	return err
}

// listen returns the announcements of pods; each is answered once it is loaded.
func listen() (<-chan *announcement, error) {
	if err := os.RemoveAll(socket); err != nil { // of an earlier run of this component
		return nil, err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	announced := make(chan *announcement)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				continue
			}
			go answer(connection, announced)
		}
	}()
	return announced, nil
}

func answer(connection net.Conn, announced chan<- *announcement) {
	defer connection.Close()
	one := &announcement{loaded: make(chan struct{})}
	if err := json.NewDecoder(connection).Decode(one); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	announced <- one
	select {
	case <-one.loaded:
		if _, err := connection.Write([]byte{1}); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	case <-time.After(patience):
	}
}
