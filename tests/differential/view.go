// SPDX-License-Identifier: GPL-2.0-or-later

// view says what Go's net/http and encoding/json, which the engine is built on, make of requests.
// Standard input has one request a line, bytes beyond plain text escaped (\r \n \t \\ \xNN). Standard
// output has one line of JSON for each of them. Only what comes with Go is used:
//
//	go run view.go < hostile > vectors
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// words is a list of strings, or one bare string: the engine takes both for a command.
type words []string

func (w *words) UnmarshalJSON(in []byte) error {
	var one string
	if json.Unmarshal(in, &one) == nil && len(in) > 0 && in[0] == '"' {
		*w = []string{one}
		return nil
	}
	return json.Unmarshal(in, (*[]string)(w))
}

type device struct {
	PathOnHost, PathInContainer, CgroupPermissions string `json:",omitempty"`
}

type mount struct {
	Type, Source, Target string `json:",omitempty"`
	ReadOnly             bool   `json:",omitempty"`
}

type port struct {
	HostIp, HostPort string `json:",omitempty"`
}

type hostConfig struct {
	Binds, CapAdd, CapDrop, SecurityOpt, VolumesFrom, Links, Dns, GroupAdd []string          `json:",omitempty"`
	NetworkMode, PidMode, IpcMode, UTSMode, UsernsMode                     string            `json:",omitempty"`
	CgroupParent, Runtime, ContainerIDFile, VolumeDriver                   string            `json:",omitempty"`
	Privileged, PublishAllPorts, ReadonlyRootfs, AutoRemove                bool              `json:",omitempty"`
	Memory, NanoCpus, ShmSize                                              int64             `json:",omitempty"`
	Devices                                                                []device          `json:",omitempty"`
	Mounts                                                                 []mount           `json:",omitempty"`
	PortBindings                                                           map[string][]port `json:",omitempty"`
	Sysctls, Tmpfs                                                         map[string]string `json:",omitempty"`
}

type endpoint struct {
	Aliases    []string `json:",omitempty"`
	MacAddress string   `json:",omitempty"`
}

// create is the engine's struct, as far as a filter could be led astray by it.
type create struct {
	Hostname, User, Image, WorkingDir string              `json:",omitempty"`
	Tty, OpenStdin                    bool                `json:",omitempty"`
	Env                               []string            `json:",omitempty"`
	Cmd, Entrypoint                   words               `json:",omitempty"`
	Labels                            map[string]string   `json:",omitempty"`
	Volumes                           map[string]struct{} `json:",omitempty"`
	HostConfig                        *hostConfig         `json:",omitempty"`
	NetworkingConfig                  *struct {
		EndpointsConfig map[string]*endpoint `json:",omitempty"`
	} `json:",omitempty"`
}

type exec struct {
	User, WorkingDir string   `json:",omitempty"`
	Privileged, Tty  bool     `json:",omitempty"`
	Env, Cmd         []string `json:",omitempty"`
}

type volume struct {
	Name, Driver       string            `json:",omitempty"`
	DriverOpts, Labels map[string]string `json:",omitempty"`
}

type network struct {
	Name, Driver    string            `json:",omitempty"`
	Internal        bool              `json:",omitempty"`
	Options, Labels map[string]string `json:",omitempty"`
	CheckDuplicate  bool              `json:",omitempty"`
}

type connect struct {
	Container      string    `json:",omitempty"`
	Force          bool      `json:",omitempty"`
	EndpointConfig *endpoint `json:",omitempty"`
}

// view is one request as the engine's handler would see it.
type view struct {
	Error  string              `json:"error,omitempty"`
	Method string              `json:"method,omitempty"`
	Path   string              `json:"path,omitempty"`
	Form   map[string][]string `json:"form,omitempty"`
	Used   int                 `json:"used"`            // bytes that were this request
	Body   interface{}         `json:"body,omitempty"`  // decoded into the engine's struct
	Plain  interface{}         `json:"plain,omitempty"` // decoded into maps
}

func target(path string) interface{} {
	switch {
	case strings.HasSuffix(path, "/containers/create"):
		return &create{}
	case strings.HasSuffix(path, "/exec"):
		return &exec{}
	case strings.HasSuffix(path, "/volumes/create"):
		return &volume{}
	case strings.HasSuffix(path, "/networks/create"):
		return &network{}
	case strings.HasSuffix(path, "/connect"), strings.HasSuffix(path, "/disconnect"):
		return &connect{}
	}
	return nil
}

func look(in []byte) (v view) {
	source := bytes.NewReader(in)
	reader := bufio.NewReaderSize(source, 1<<20)
	r, err := http.ReadRequest(reader)
	if err != nil {
		v.Error = err.Error()
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		v.Error = err.Error()
		return
	}
	v.Used = len(in) - source.Len() - reader.Buffered()
	v.Method = r.Method
	v.Path = r.URL.Path
	r.Body = io.NopCloser(bytes.NewReader(body))
	// The engine goes on when it is only the type of the body that cannot be read.
	if err := r.ParseForm(); err != nil && !strings.HasPrefix(err.Error(), "mime:") {
		v.Error = err.Error()
		return
	}
	if len(r.Form) > 0 {
		v.Form = map[string][]string(url.Values(r.Form))
	}
	if to := target(v.Path); to != nil && len(body) > 0 {
		if err := json.NewDecoder(bytes.NewReader(body)).Decode(to); err != nil {
			v.Error = err.Error()
			return
		}
		v.Body = to
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if err := decoder.Decode(&v.Plain); err != nil {
			v.Error = err.Error()
		}
	}
	return
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for in.Scan() {
		raw, err := strconv.Unquote(`"` + strings.ReplaceAll(in.Text(), `"`, `\"`) + `"`)
		if err != nil {
			fmt.Fprintf(os.Stderr, "view: %v: %s\n", err, in.Text())
			os.Exit(1)
		}
		if err := encoder.Encode(look([]byte(raw))); err != nil {
			fmt.Fprintf(os.Stderr, "view: %v\n", err)
			os.Exit(1)
		}
	}
}
