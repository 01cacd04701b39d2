import Foundation
import JSON

/// The control port of a scripted server: one line of JSON in, one value out.
enum ServerControl {
    /// Sends a script in one line, and reads the answer until the server closes.
    static func exchange(_ script: JSONValue, port: Int) throws -> JSONValue {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw ServerError("the scripted server is gone") }
        let file = FileHandle(fileDescriptor: socket, closeOnDealloc: false)
        try file.write(contentsOf: Data((script.description + "\n").utf8))
        return try JSONValue(parsing: Array(file.readToEnd() ?? Data()))
    }
}
