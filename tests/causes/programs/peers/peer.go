// Both ends of the Go captures: an HTTP server with bad habits, and clients that give up, write too often or wait.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	switch os.Args[1] {
	case "server":
		serve(os.Args[2])
	case "closer":
		closeAtOnce(os.Args[2])
	case "get":
		milliseconds, _ := strconv.Atoi(os.Args[3])
		get(&http.Client{Timeout: time.Duration(milliseconds) * time.Millisecond}, os.Args[2])
	case "twice":
		seconds, _ := strconv.ParseFloat(os.Args[3], 64)
		client := &http.Client{}
		get(client, os.Args[2])
		time.Sleep(time.Duration(seconds * float64(time.Second)))
		get(client, os.Args[2])
	case "post":
		answer, err := http.Post(os.Args[2], "text/plain", strings.NewReader(strings.Repeat("x", 3_000_000)))
		fmt.Println(answer, err)
	case "write":
		writeThrice(os.Args[2])
	case "dial":
		connection, err := net.DialTimeout("tcp", os.Args[2], 2*time.Second)
		fmt.Println(connection, err)
	case "wait":
		dialer := net.Dialer{KeepAlive: time.Second}
		connection, _ := dialer.Dial("tcp", os.Args[2])
		connection.Write([]byte("GET /hang HTTP/1.1\r\nHost: shop.example\r\n\r\n"))
		_, err := connection.Read(make([]byte, 100))
		fmt.Println(err)
	case "many":
		many(os.Args[2])
	}
}

func serve(port string) {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok\n") })
	http.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("no answer") })
	http.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) { time.Sleep(3 * time.Second); io.WriteString(w, "late\n") })
	http.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) { time.Sleep(time.Minute) })
	http.HandleFunc("/refuse", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "too large", 413) })
	http.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) { abort(w, "") })
	http.HandleFunc("/answer-and-abort", func(w http.ResponseWriter, r *http.Request) {
		abort(w, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n")
	})
	server := &http.Server{Addr: ":" + port, IdleTimeout: 2 * time.Second, ReadHeaderTimeout: time.Second}
	fmt.Println(server.ListenAndServe())
}

// abort sends what it is given and, half a second later, closes with SO_LINGER 0.
func abort(w http.ResponseWriter, answer string) {
	connection, _, _ := w.(http.Hijacker).Hijack()
	connection.Write([]byte(answer))
	time.Sleep(500 * time.Millisecond)
	connection.(*net.TCPConn).SetLinger(0)
	connection.Close()
}

func closeAtOnce(port string) {
	listener, _ := net.Listen("tcp", ":"+port)
	for {
		connection, _ := listener.Accept()
		connection.Read(make([]byte, 100))
		connection.Close()
	}
}

func writeThrice(address string) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := 0; i < 4; i++ {
		_, err := connection.Write([]byte("event\n"))
		fmt.Println(err)
		time.Sleep(400 * time.Millisecond)
	}
	connection.Close()
}

func get(client *http.Client, url string) {
	answer, err := client.Get(url)
	if err != nil {
		fmt.Println(err)
		return
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

// many makes 40 workers of 20 requests each: half of them on pooled connections, half on one connection each.
func many(url string) {
	var all sync.WaitGroup
	for worker := 0; worker < 40; worker++ {
		all.Add(1)
		go func(pooled bool) {
			defer all.Done()
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: !pooled}}
			for i := 0; i < 20; i++ {
				get(client, url)
			}
			client.CloseIdleConnections()
		}(worker%2 == 0)
	}
	all.Wait()
}
