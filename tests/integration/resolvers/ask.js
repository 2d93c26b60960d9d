// node ask.js lookup|srv|resolve4 NAME: one line, sorted. lookup is libc's getaddrinfo();
// the others are c-ares, which reads resolv.conf itself.
const dns = require("dns").promises;
const [, , how, name] = process.argv;
const ask = {
    lookup: async () => (await dns.lookup(name, { all: true, family: 4 })).map((a) => a.address),
    resolve4: () => dns.resolve4(name),
    srv: async () => (await dns.resolveSrv(name)).map((s) => `${s.name}:${s.port}`),
};
ask[how]().then((found) => console.log([...new Set(found)].sort().join(" ")),
    (error) => { console.log(error.code); process.exitCode = 1; });
