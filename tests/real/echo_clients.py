#!/usr/bin/env python3
"""Clients of samples/echo_server, all at a time: each sends lines and checks that the very same bytes come back.

    echo_clients.py PORT [--clients N] [--rounds N] [--stop PID] [--silent]

--stop PID   afterwards every client sends one more line, the server gets SIGTERM, and each client must still get its answer
             and then see the end
--silent     says nothing instead, and waits for the server to hang up
Exit code: 0 all answers are right, 1 something is wrong (one sentence says what).
"""
import argparse
import os
import signal
import socket
import sys

PATIENCE_SECONDS = 300


def wrong(sentence):
    sys.exit(f"echo_clients: {sentence}")


def receive(client, size):
    got = b""
    while len(got) < size:
        part = client.recv(size - len(got))
        if not part:
            break
        got += part
    return got


def check(clients, lines):
    for number, (client, line) in enumerate(zip(clients, lines)):
        got = receive(client, len(line))
        if got != line:
            wrong(f"client {number} sent {len(line)} bytes and got {len(got)} back, or others.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--stop", type=int)
    parser.add_argument("--silent", action="store_true")
    options = parser.parse_args()
    try:
        clients = [socket.create_connection(("127.0.0.1", options.port), PATIENCE_SECONDS) for _ in range(options.clients)]
        if options.silent:
            for number, client in enumerate(clients):
                if client.recv(1):
                    wrong(f"client {number} said nothing and got an answer.")
            return
        for turn in range(options.rounds):
            # Of different lengths, some longer than the server reads at once.
            lines = [(f"client {number}, turn {turn}|" * (1 + number % 7 * 50)).encode() for number in range(len(clients))]
            for client, line in zip(clients, lines):
                client.sendall(line)
            check(clients, lines)
        if options.stop is not None:
            lines = [f"client {number} says good-bye".encode() for number in range(len(clients))]
            for client, line in zip(clients, lines):
                client.sendall(line)
            os.kill(options.stop, signal.SIGTERM)
            check(clients, lines)
            for number, client in enumerate(clients):
                if client.recv(1):
                    wrong(f"client {number} got more than it had sent.")
    except OSError as error:
        wrong(f"{error}.")


if __name__ == "__main__":
    main()
