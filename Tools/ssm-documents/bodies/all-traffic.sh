fault() {
    begin_holes
    hole both ''
    dig_holes
}
