# DNS is what is blocked, so here its servers are not left out. Resolvers on the loopback answer from their caches.
fault() {
    begin_holes
    block_ports 'udp tcp' '' '53 853' OUT
    dig_holes
}
keep_dns=no
