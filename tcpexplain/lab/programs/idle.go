// A pooled connection that the server closes while it is idle; the client then writes twice.
//
//	idle server ADDRESS close|closewrite|leak
//	idle client ADDRESS write|leave
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

const idle = 300 * time.Millisecond

func serve(address, ending string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	conn, err := listener.Accept()
	if err != nil {
		panic(err)
	}
	buffer := make([]byte, 64)
	tell("read", conn, buffer, conn.Read)
	if ending == "leak" { // EOF, and nobody calls Close
		time.Sleep(time.Second)
		return
	}
	tell("write", conn, []byte("answer"), conn.Write)
	time.Sleep(idle)
	if ending == "closewrite" {
		conn.(*net.TCPConn).CloseWrite()
		time.Sleep(2 * idle)
		tell("read", conn, buffer, conn.Read)
		tell("read", conn, buffer, conn.Read)
	} else {
		conn.Close()
	}
	time.Sleep(2 * idle)
}

func call(address, story string) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Println("dial:", err)
		return
	}
	if story == "leave" {
		conn.Close()
		return
	}
	buffer := make([]byte, 64)
	tell("write", conn, []byte("request"), conn.Write)
	tell("read", conn, buffer, conn.Read)
	time.Sleep(2 * idle)
	tell("write", conn, []byte("request"), conn.Write)
	time.Sleep(50 * time.Millisecond)
	tell("write", conn, []byte("request"), conn.Write)
	tell("read", conn, buffer, conn.Read)
	conn.Close()
	tell("write", conn, []byte("request"), conn.Write) // never on the wire: use of closed network connection
}

func tell(name string, _ net.Conn, data []byte, do func([]byte) (int, error)) {
	count, err := do(data)
	fmt.Println(name, count, err)
}

func main() {
	if os.Args[1] == "server" {
		serve(os.Args[2], os.Args[3])
	} else {
		call(os.Args[2], os.Args[3])
	}
}
