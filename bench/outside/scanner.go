// Lines with bufio.Scanner. The task and the answer are those of subjects/window.ts.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

type task struct {
	Port          int
	Feed          string
	Warm, Measure float64
}

func cpu() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	var t task
	if err := json.Unmarshal([]byte(os.Args[1]), &t); err != nil {
		panic(err)
	}
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", t.Port))
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(conn, "%-16s", t.Feed)
	scanner := bufio.NewScanner(conn)
	warmUntil := time.Now().Add(time.Duration(t.Warm * 1e6))
	var started time.Time
	var before, count, spent, length int64
	for scanner.Scan() {
		length += int64(len(scanner.Text()))
		count++
		if count%1000 != 0 {
			continue
		}
		now := time.Now()
		if started.IsZero() {
			if now.After(warmUntil) {
				started, before, spent = now, count, cpu()
			}
		} else if wall := now.Sub(started); wall.Seconds()*1e3 >= t.Measure {
			fmt.Printf("{\"units\":%d,\"wall\":%d,\"cpu\":%d}\n", count-before, wall.Nanoseconds(), cpu()-spent)
			return
		}
	}
	panic(fmt.Sprint("ended: ", scanner.Err(), length))
}
