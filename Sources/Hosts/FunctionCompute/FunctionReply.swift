import FunctionRuntime
import HTTPServer
import JSON
import NIOHTTP1

extension ServerReply {
    init(status: HTTPResponseStatus = .ok, contentType: String, _ body: Body) {
        self.init(status: status, headers: ["Content-Type": contentType], body: body)
    }

    init(status: HTTPResponseStatus, json: JSONValue) {
        self.init(status: status, contentType: "application/json", .bytes(json.serialized()))
    }

    /// The reply to a lifecycle hook.
    static let done = ServerReply(contentType: "text/plain", .bytes([]))

    /// The response of an invocation: the status tells Function Compute whether the function failed, in two ways.
    init(_ response: FunctionResponse) {
        switch response.body {
        case .bytes(let bytes): self.init(contentType: response.contentType, .bytes(bytes))
        case .stream(let prelude, let produce):
            self.init(
                contentType: response.contentType,
                .stream { try await produce(FunctionResponseWriter(body: $0)) })
            if let prelude { apply(prelude) }
        }
        headers.replaceOrAdd(name: "x-fc-status", value: "200")
    }

    /// A failed invocation, by Function Compute's contract.
    init(failure error: any Error) {
        self.init(status: .notFound, json: ErrorReport(error).json)
        headers.replaceOrAdd(name: "x-fc-status", value: "404")
    }

    private mutating func apply(_ prelude: HTTPPrelude) {
        status = HTTPResponseStatus(statusCode: prelude.statusCode)
        for (name, value) in prelude.headers { headers.replaceOrAdd(name: name, value: value) }
        for cookie in prelude.cookies { headers.add(name: "Set-Cookie", value: cookie) }
    }
}

private struct FunctionResponseWriter: ResponseWriter {
    let body: ReplyBodyWriter

    func write(_ bytes: [UInt8]) async throws { try await body.write(bytes) }
}
