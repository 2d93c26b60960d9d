"""ask.py NAME: the IPv4 addresses that Python's socket.getaddrinfo() gives, sorted."""
import socket
import sys

found = socket.getaddrinfo(sys.argv[1], 80, socket.AF_INET, socket.SOCK_STREAM)
print(" ".join(sorted({address[4][0] for address in found})))
