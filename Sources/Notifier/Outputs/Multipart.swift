import AWS
import Transport

/// A `multipart/form-data` body (RFC 7578): fields and one PNG.
struct Multipart {
    private(set) var body: [UInt8] = []
    private let boundary: String

    /// - Parameter key: what the boundary is made from, so that the same message has the same bytes.
    init(fields: [(name: String, value: String)], image: [UInt8], named name: String, key: String) {
        boundary = "tocsin-" + Digest.sha256Hex(key).prefix(32)
        for field in fields {
            body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field.name)\"\r\n\r\n".utf8)
            body += Array("\(field.value)\r\n".utf8)
        }
        body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"; ".utf8)
        body += Array("filename=\"graph.png\"\r\nContent-Type: image/png\r\n\r\n".utf8)
        body += image
        body += Array("\r\n--\(boundary)--\r\n".utf8)
    }

    /// The request that carries it.
    func request(_ method: String, _ url: String) -> HTTPRequest {
        let headers: HTTPHeaders = ["Content-Type": "multipart/form-data; boundary=\(boundary)"]
        return OutboundMessage.request(method, url, headers, body)
    }
}
