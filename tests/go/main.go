// A Go client that serves a subject in the way it is told: subject, queue, behaviour.
// The same words as tests/broken/worker.py takes. Prints "up" once the server knows it.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

func serve(nc *nats.Conn, message *nats.Msg, behaviour, detail string) error {
	switch behaviour {
	case "answer":
		return message.Respond([]byte("done"))
	case "throw":
		panic("out of tea")
	case "block":
		time.Sleep(time.Hour)
	case "elsewhere":
		return nc.Publish(detail, []byte("done"))
	case "large":
		size, _ := strconv.Atoi(detail)
		return message.Respond(make([]byte, size))
	case "needs":
		if message.Header.Get(detail) != "" {
			return message.Respond([]byte("done"))
		}
	case "asks":
		answer, err := nc.Request(detail, message.Data, time.Hour)
		if err != nil {
			return err
		}
		return message.Respond(answer.Data)
	case "slow":
		seconds, _ := strconv.ParseFloat(detail, 64)
		time.Sleep(time.Duration(seconds * float64(time.Second)))
		return message.Respond([]byte("done"))
	}
	return nil
}

func main() {
	subject, queue := os.Args[1], os.Args[2]
	behaviour, detail, _ := strings.Cut(os.Args[3], ":")
	nc, err := nats.Connect(os.Getenv("PEER_URL"),
		nats.UserInfo(os.Getenv("PEER_USER"), os.Getenv("PEER_PASSWORD")),
		nats.Name(os.Getenv("PEER_NAME")),
		nats.ReconnectWait(50*time.Millisecond),
		// what goes wrong here goes wrong on purpose
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		panic(err)
	}
	handle := func(message *nats.Msg) {
		defer func() { _ = recover() }()
		_ = serve(nc, message, behaviour, detail)
	}
	if _, err := nc.QueueSubscribe(subject, queue, handle); err != nil {
		panic(err)
	}
	if err := nc.Flush(); err != nil {
		panic(err)
	}
	fmt.Println("up")
	select {}
}
