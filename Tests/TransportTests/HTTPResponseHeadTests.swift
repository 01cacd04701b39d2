import Testing
import Transport

@Suite struct HTTPResponseHeadTests {
    @Test func readsFieldsInAnyCaseAndKeepsTheirOrder() throws {
        let text = "HTTP/1.1 101 Switching\r\nX-A:  one \r\nEMPTY:\r\nx-a: two\r\n"
        let head = try HTTPResponseHead(Array(text.utf8))
        #expect(head.status == 101)
        #expect(head["x-a"] == "one")
        #expect(head["empty"] == nil)
        #expect(head["x-b"] == nil)
        #expect(head.headers == ["X-A": "one", "EMPTY": "", "x-a": "two"])
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", 5, false, false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nConnection: Close\r\n", nil, true, true),
        ("HTTP/1.0 200 OK\r\n", nil, false, true),
    ])
    func framing(text: String, length: Int?, isChunked: Bool, closes: Bool) throws {
        let head = try HTTPResponseHead(Array(text.utf8))
        #expect(head.contentLength == length)
        #expect(head.isChunked == isChunked)
        #expect(head.closesConnection == closes)
    }

    @Test(arguments: [
        ("HTTP/2 200\r\n", "the response is not HTTP/1.1"), ("", "the response is not HTTP/1.1"),
        ("HTTP/1.1 200 OK\r\nnocolon\r\n", "the response has a header line without a name"),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n", "the Content-Length of the response is not a number"),
    ])
    func malformed(text: String, message: String) {
        let error = #expect(throws: TransportError.self) { try HTTPResponseHead(Array(text.utf8)) }
        #expect(error?.code == .malformedResponse)
        #expect(error?.message == message)
    }

    @Test(arguments: [("HTTP/1.1 200 OK\r\n\r\nbody", 19), ("HTTP/1.1 200 OK\r\n\r", nil), ("\r\n\r\n", 4), ("", nil)])
    func length(text: String, length: Int?) {
        #expect(Array(text.utf8).withUnsafeBytes { HTTPResponseHead.length(in: $0) } == length)
    }
}
