fault() {
    begin_holes
    block_ports "$protocol" "$sourcePorts" "$destinationPorts" "$direction"
    dig_holes
}
