// The rows for Go. Called and printing as program.h says.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const tasks = 8 // that share a lock, a channel or a group

type row struct {
	work   func(operations int)
	isCold bool
}

var mostResident int64

func share(parts, operations int, f func(n int)) {
	var all sync.WaitGroup
	all.Add(parts)
	for i := 0; i < parts; i++ {
		go func() {
			f(operations / parts)
			all.Done()
		}()
	}
	all.Wait()
}

func yield(operations int) {
	share(2, operations, func(n int) {
		for i := 0; i < n; i++ {
			runtime.Gosched()
		}
	})
}

func spawnJoinEach(operations int) {
	for i := 0; i < operations; i++ {
		var one sync.WaitGroup
		one.Add(1)
		go one.Done()
		one.Wait()
	}
}

func spawnJoinAll(operations int) {
	var all sync.WaitGroup
	all.Add(operations)
	for i := 0; i < operations; i++ {
		go all.Done()
	}
	all.Wait()
}

func parked(operations int) {
	gate := make(chan struct{})
	var ready, all sync.WaitGroup
	ready.Add(operations)
	all.Add(operations)
	for i := 0; i < operations; i++ {
		go func() {
			ready.Done()
			<-gate
			all.Done()
		}()
	}
	ready.Wait()
	runtime.Gosched()
	mostResident = residentBytes()
	close(gate)
	all.Wait()
}

func pingPong(operations int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for ball := range ping {
			pong <- ball
		}
		close(pong)
	}()
	for i := 0; i < operations/2; i++ {
		ping <- 1
		<-pong
	}
	close(ping)
	<-pong
}

func buffered(producers, consumers, operations int) {
	values := make(chan int, 128)
	var sent, received sync.WaitGroup
	sent.Add(producers)
	received.Add(consumers)
	for i := 0; i < producers; i++ {
		go func() {
			for k := 0; k < operations/producers; k++ {
				values <- 1
			}
			sent.Done()
		}()
	}
	for i := 0; i < consumers; i++ {
		go func() {
			for range values {
			}
			received.Done()
		}()
	}
	sent.Wait()
	close(values)
	received.Wait()
}

func select2(operations int) {
	a, b := make(chan int), make(chan int)
	go func() {
		for i := 0; i < operations; i++ {
			if i%2 == 0 {
				a <- 1
			} else {
				b <- 1
			}
		}
	}()
	for i := 0; i < operations; i++ {
		select {
		case <-a:
		case <-b:
		}
	}
}

func select8(operations int) {
	var c [8]chan int
	for i := range c {
		c[i] = make(chan int)
	}
	go func() {
		for i := 0; i < operations; i++ {
			c[i%8] <- 1
		}
	}()
	for i := 0; i < operations; i++ {
		select {
		case <-c[0]:
		case <-c[1]:
		case <-c[2]:
		case <-c[3]:
		case <-c[4]:
		case <-c[5]:
		case <-c[6]:
		case <-c[7]:
		}
	}
}

func primeSieve(operations int) {
	stop := make(chan struct{})
	var all sync.WaitGroup
	numbers := make(chan int)
	all.Add(1)
	go func(out chan<- int) {
		defer all.Done()
		defer close(out)
		for i := 2; ; i++ {
			select {
			case out <- i:
			case <-stop:
				return
			}
		}
	}(numbers)
	for i := 0; i < operations; i++ {
		prime := <-numbers
		next := make(chan int)
		all.Add(1)
		go func(in <-chan int, out chan<- int) {
			for number := range in {
				if number%prime != 0 {
					out <- number
				}
			}
			close(out)
			all.Done()
		}(numbers, next)
		numbers = next
	}
	close(stop)
	for range numbers {
	}
	all.Wait()
}

func fanOutIn(operations int) {
	jobs, results := make(chan int, 128), make(chan int, 128)
	var all sync.WaitGroup
	all.Add(tasks + 1)
	for i := 0; i < tasks; i++ {
		go func() {
			for job := range jobs {
				results <- job * 2
			}
			all.Done()
		}()
	}
	go func() {
		for i := 0; i < operations; i++ {
			jobs <- i
		}
		close(jobs)
		all.Done()
	}()
	sum := 0
	for i := 0; i < operations; i++ {
		sum += <-results
	}
	all.Wait()
	if sum != operations*(operations-1) {
		panic("lost a job")
	}
}

func mutexUncontended(operations int) {
	var mutex sync.Mutex
	for i := 0; i < operations; i++ {
		mutex.Lock()
		mutex.Unlock()
	}
}

func mutexContended(operations int) {
	var mutex sync.Mutex
	counter := 0
	share(tasks, operations, func(n int) {
		for i := 0; i < n; i++ {
			mutex.Lock()
			counter++
			mutex.Unlock()
		}
	})
	if counter != operations/tasks*tasks {
		panic("lost a count")
	}
}

func mutexHeld(operations int) {
	var mutex sync.Mutex
	share(tasks, operations, func(n int) {
		for i := 0; i < n; i++ {
			mutex.Lock()
			runtime.Gosched()
			mutex.Unlock()
		}
	})
}

func rwmutex95Read(operations int) {
	var mutex sync.RWMutex
	value := 0
	share(tasks, operations, func(n int) {
		seen := 0
		for i := 0; i < n; i++ {
			if i%20 == 0 {
				mutex.Lock()
				value++
				mutex.Unlock()
			} else {
				mutex.RLock()
				seen += value
				mutex.RUnlock()
			}
		}
		if seen < 0 {
			panic("impossible")
		}
	})
}

func waitGroup(operations int) {
	var group sync.WaitGroup
	share(tasks, operations, func(n int) {
		for i := 0; i < n; i++ {
			group.Add(1)
			group.Done()
		}
	})
	group.Wait()
}

func timers(operations int) {
	var all sync.WaitGroup
	all.Add(operations)
	for i := 0; i < operations; i++ {
		go func(i int) {
			time.Sleep(time.Duration(i*7919%50000) * time.Microsecond)
			all.Done()
		}(i)
	}
	all.Wait()
}

func closeBroadcast(operations int) {
	const receivers = 10000
	for done := 0; done < operations; done += receivers {
		parked(receivers)
	}
}

var rows = map[string]row{
	"yield":             {yield, false},
	"spawn_join_each":   {spawnJoinEach, false},
	"spawn_join_all":    {spawnJoinAll, false},
	"parked":            {parked, true},
	"ping_pong":         {pingPong, false},
	"buffered_spsc":     {func(n int) { buffered(1, 1, n) }, false},
	"buffered_mpmc":     {func(n int) { buffered(4, 4, n) }, false},
	"select_2":          {select2, false},
	"select_8":          {select8, false},
	"prime_sieve":       {primeSieve, false},
	"fan_out_in":        {fanOutIn, false},
	"mutex_uncontended": {mutexUncontended, false},
	"mutex_contended":   {mutexContended, false},
	"mutex_held":        {mutexHeld, false},
	"rwmutex_95_read":   {rwmutex95Read, false},
	"wait_group":        {waitGroup, false},
	"timers":            {timers, false},
	"close_broadcast":   {closeBroadcast, false},
}

func residentBytes() int64 {
	text, _ := os.ReadFile("/proc/self/statm")
	var size, resident int64
	fmt.Sscan(string(text), &size, &resident)
	return resident * int64(os.Getpagesize())
}

func cpuNs() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: bench ROW WORKERS OPERATIONS")
		os.Exit(2)
	}
	row, known := rows[os.Args[1]]
	if !known {
		os.Exit(3)
	}
	workers, _ := strconv.Atoi(os.Args[2])
	operations, _ := strconv.Atoi(os.Args[3])
	runtime.GOMAXPROCS(workers)
	if !row.isCold {
		row.work(operations/10 + 1)
	}
	resident := residentBytes()
	cpu := cpuNs()
	start := time.Now()
	row.work(operations)
	wall := time.Since(start).Nanoseconds()
	cpu = cpuNs() - cpu
	bytes := int64(0)
	if mostResident != 0 {
		bytes = mostResident - resident
	}
	fmt.Printf("{\"wall_ns\": %d, \"cpu_ns\": %d, \"bytes\": %d}\n", wall, cpu, bytes)
}
