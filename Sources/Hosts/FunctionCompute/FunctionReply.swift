import FunctionRuntime
import JSON
import NIOHTTP1

/// What goes back for one request.
struct FunctionReply: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Written piece by piece; when `produce` throws, the connection is broken off.
        case stream(@Sendable (any ResponseWriter) async throws -> Void)
    }

    var status = HTTPResponseStatus.ok
    var headers: HTTPHeaders = [:]
    var body = Body.bytes([])

    init(status: HTTPResponseStatus = .ok, contentType: String, _ body: Body) {
        self.status = status
        headers = ["Content-Type": contentType]
        self.body = body
    }

    init(status: HTTPResponseStatus, json: JSONValue) {
        self.init(status: status, contentType: "application/json", .bytes(json.serialized()))
    }

    /// A hook that was done, or had nothing to do.
    static let done = FunctionReply(contentType: "text/plain", .bytes([]))

    /// The response of an invocation: the status tells Function Compute whether the function failed, in two ways.
    init(_ response: FunctionResponse) {
        switch response.body {
        case .bytes(let bytes): self.init(contentType: response.contentType, .bytes(bytes))
        case .stream(let prelude, let produce):
            self.init(contentType: response.contentType, .stream(produce))
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
