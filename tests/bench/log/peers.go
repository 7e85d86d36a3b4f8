// zerolog and zap under the benchmark's command line: PEER event|request SINK THREADS COUNT.
// One goroutine for each thread; the garbage collector's threads are in the CPU time.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

var (
	service, environment = "checkout-api", "production"
	requestID, traceID   = "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "4bf92f3577b34da6a3ce929d0e0e4736"
	method, path, userID = "POST", "/orders", "usr_42"
	orderID              = "ord_1001"
	status, bytes, items = 201, 512, 3
	duration, total      = 12.345, 99.95
)

const layout = "2006-01-02T15:04:05.000Z07:00"

type peer struct {
	event, request func()
}

type lockedBuffer struct {
	mutex  sync.Mutex
	writer *bufio.Writer
}

func (buffer *lockedBuffer) Write(line []byte) (int, error) {
	buffer.mutex.Lock()
	defer buffer.mutex.Unlock()
	return buffer.writer.Write(line)
}

func (buffer *lockedBuffer) flush() {
	buffer.mutex.Lock()
	defer buffer.mutex.Unlock()
	buffer.writer.Flush()
}

func withZerolog(sink io.Writer) func() peer {
	zerolog.TimeFieldFormat = layout
	zerolog.TimestampFunc = func() time.Time { return time.Now().UTC() }
	root := zerolog.New(sink).With().Timestamp().Logger()
	child := func() zerolog.Logger {
		return root.With().Str("service", service).Str("environment", environment).
			Str("requestId", requestID).Str("traceId", traceID).Logger()
	}
	completed := func(log *zerolog.Logger) {
		log.Info().Str("event", "request_completed").Str("method", method).Str("path", path).
			Int("status", status).Float64("durationMs", duration).Int("bytesOut", bytes).
			Str("userId", userID).Msg("Request completed")
	}
	return func() peer {
		bound := child()
		return peer{
			event: func() { completed(&bound) },
			request: func() {
				log := child()
				log.Info().Str("event", "request_started").Str("method", method).Str("path", path).
					Msg("Request started")
				log.Info().Str("event", "order_created").Str("orderId", orderID).Int("items", items).
					Float64("total", total).Msg("Order created")
				completed(&log)
			},
		}
	}
}

func withZap(sink zapcore.WriteSyncer) func() peer {
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", MessageKey: "message", LineEnding: "\n",
		EncodeLevel:    zapcore.LowercaseLevelEncoder,
		EncodeDuration: zapcore.SecondsDurationEncoder,
		EncodeTime: func(at time.Time, to zapcore.PrimitiveArrayEncoder) {
			to.(interface{ AppendTimeLayout(time.Time, string) }).AppendTimeLayout(at.UTC(), layout)
		},
	})
	root := zap.New(zapcore.NewCore(encoder, sink, zap.InfoLevel))
	child := func() *zap.Logger {
		return root.With(zap.String("service", service), zap.String("environment", environment),
			zap.String("requestId", requestID), zap.String("traceId", traceID))
	}
	completed := func(log *zap.Logger) {
		log.Info("Request completed", zap.String("event", "request_completed"),
			zap.String("method", method), zap.String("path", path), zap.Int("status", status),
			zap.Float64("durationMs", duration), zap.Int("bytesOut", bytes),
			zap.String("userId", userID))
	}
	return func() peer {
		bound := child()
		return peer{
			event: func() { completed(bound) },
			request: func() {
				log := child()
				log.Info("Request started", zap.String("event", "request_started"),
					zap.String("method", method), zap.String("path", path))
				log.Info("Order created", zap.String("event", "order_created"),
					zap.String("orderId", orderID), zap.Int("items", items),
					zap.Float64("total", total))
				completed(log)
			},
		}
	}
}

func cpuTime() int64 {
	var used syscall.Rusage
	syscall.Getrusage(0, &used)
	return used.Utime.Nano() + used.Stime.Nano()
}

func open(name string, file *os.File) (func() peer, func()) {
	switch name {
	case "zerolog":
		return withZerolog(file), func() {}
	case "zerolog, buffer":
		buffer := &lockedBuffer{writer: bufio.NewWriterSize(file, 65536)}
		return withZerolog(buffer), buffer.flush
	default:
		return withZap(zapcore.Lock(file)), func() {}
	}
}

func main() {
	name, workload, sink := os.Args[1], os.Args[2], os.Args[3]
	threads, _ := strconv.Atoi(os.Args[4])
	count, _ := strconv.Atoi(os.Args[5])
	file, err := os.OpenFile(sink, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0640)
	if err != nil {
		panic(err)
	}
	begin, flush := open(name, file)
	run := func(each peer, iterations int) {
		call := each.event
		if workload == "request" {
			call = each.request
		}
		for i := 0; i < iterations; i++ {
			call()
		}
	}
	peers := make([]peer, threads)
	for i := range peers {
		peers[i] = begin()
		run(peers[i], count/10)
	}
	flush()
	var done sync.WaitGroup
	start, startCPU := time.Now(), cpuTime()
	for _, each := range peers {
		done.Add(1)
		go func(each peer) {
			defer done.Done()
			run(each, count)
		}(each)
	}
	done.Wait()
	called := time.Since(start)
	flush()
	wall, cpu := time.Since(start), cpuTime()-startCPU
	fmt.Printf(`{"logger":"%s","wall_ns":%.1f,"caller_ns":%.1f,"cpu_ns":%.1f}`+"\n", name,
		float64(wall)/float64(count), float64(called)/float64(count),
		float64(cpu)/float64(count*threads))
}
