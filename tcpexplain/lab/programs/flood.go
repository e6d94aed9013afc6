// The client writes until the server, which never reads, has filled both buffers; then somebody kills the server.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	if os.Args[1] == "server" {
		listener, err := net.Listen("tcp", os.Args[2])
		if err != nil {
			panic(err)
		}
		conn, _ := listener.Accept()
		conn.(*net.TCPConn).SetReadBuffer(4096)
		time.Sleep(time.Minute)
		return
	}
	conn, err := net.Dial("tcp", os.Args[2])
	if err != nil {
		panic(err)
	}
	conn.(*net.TCPConn).SetWriteBuffer(8192)
	data := make([]byte, 1<<16)
	for {
		count, err := conn.Write(data)
		fmt.Println("write", count, err)
		if err != nil {
			break
		}
	}
	_, err = conn.Write(data)
	fmt.Println("write", err)
}
