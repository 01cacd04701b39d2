/// The head of an HTTP/1.1 request as bytes.
struct RequestHead {
    private(set) var bytes: [UInt8] = []

    init(_ method: String, _ path: String, host: String) {
        bytes.reserveCapacity(512)
        append(method)
        append(" ")
        append(path)
        append(" HTTP/1.1\r\nHost: ")
        append(host)
        append("\r\nUser-Agent: tocsin\r\n")
    }

    /// Adds a field.
    ///
    /// Control characters, which could end the line, are left out of the value.
    mutating func add(_ name: String, _ value: String) {
        append(name)
        append(": ")
        if value.utf8.contains(where: Self.isControl) {
            bytes.append(contentsOf: value.utf8.filter { !Self.isControl($0) })
        } else {
            append(value)
        }
        append("\r\n")
    }

    /// The bytes with the empty line that ends them.
    consuming func finished() -> [UInt8] {
        append("\r\n")
        return bytes
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
}
