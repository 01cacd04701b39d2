import NIOHTTP1

/// A request, received whole.
struct FunctionRequest: Sendable {
    let head: HTTPRequestHead
    let body: [UInt8]

    /// What Function Compute wants of it.
    enum Purpose: Sendable, Hashable {
        case invoke, initialize, preFreeze, preStop
        /// A client's own request, of any method and path.
        case httpTrigger
    }

    /// By the header that states it; without (local emulators) by method and path.
    var purpose: Purpose {
        let path = head.headers.first(name: "x-fc-control-path") ?? "\(head.method.rawValue) \(head.uri)"
        switch path {
        case "/invoke", "POST /invoke": return .invoke
        case "/initialize", "POST /initialize": return .initialize
        case "/pre-freeze", "GET /pre-freeze": return .preFreeze
        case "/pre-stop", "GET /pre-stop": return .preStop
        default: return .httpTrigger
        }
    }

    /// Function Compute's id; empty when there is none.
    var requestID: String { head.headers.first(name: "x-fc-request-id") ?? "" }
}
