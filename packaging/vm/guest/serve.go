package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// serve is reachable from the host's loopback alone.
func serve([]string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ping", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /date", func(w http.ResponseWriter, r *http.Request) {
		// A restored machine wakes with the clock of the day it was saved.
		fail(w, exec.Command("date", "-u", "-s", "@"+r.URL.Query().Get("t")).Run())
	})
	mux.HandleFunc("POST /exec", func(w http.ResponseWriter, r *http.Request) { _ = json.NewEncoder(w).Encode(execute(r)) })
	mux.HandleFunc("PUT /file", func(w http.ResponseWriter, r *http.Request) { fail(w, putFile(r)) })
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(r.URL.Query().Get("path"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		defer f.Close()
		_, _ = io.Copy(w, f)
	})
	return http.ListenAndServe(":7070", mux)
}

func fail(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

type executed struct {
	Code int    `json:"code"`
	Out  string `json:"out"` // stdout and stderr together
}

// execute runs the body as a bash script, as root.
func execute(r *http.Request) executed {
	body, err := io.ReadAll(r.Body)
	limit, errLimit := time.ParseDuration(r.URL.Query().Get("limit"))
	if err := errors.Join(err, errLimit); err != nil {
		return executed{125, "guest: " + err.Error()}
	}
	ctx, stop := context.WithTimeout(r.Context(), limit)
	defer stop()
	c := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-s")
	c.Stdin = bytes.NewReader(body)
	c.Env = append(os.Environ(), "HOME=/root", "LC_ALL=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	c.WaitDelay = 2 * time.Second // a child left behind keeps the pipe open
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err = c.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return executed{124, out.String() + "guest: no end after " + limit.String()}
	case errors.As(err, &exit):
		return executed{exit.ExitCode(), out.String()}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return executed{125, out.String() + "guest: " + err.Error()}
	}
	return executed{0, out.String()}
}

// putFile writes beside the file and renames, so that a program that is running can be replaced.
func putFile(r *http.Request) error {
	path := r.URL.Query().Get("path")
	mode, err := strconv.ParseUint(r.URL.Query().Get("mode"), 8, 32)
	if err != nil {
		return fmt.Errorf("mode: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, os.FileMode(mode))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r.Body)
	if err := errors.Join(err, f.Chmod(os.FileMode(mode)), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
