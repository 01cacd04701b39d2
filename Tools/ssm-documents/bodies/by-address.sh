fault() {
    begin_holes
    block_addresses "$ipAddresses"
    dig_holes
}
