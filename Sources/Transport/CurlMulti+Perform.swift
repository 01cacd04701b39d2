import CCurl

extension CurlMulti {
    /// Runs a request, redirects included, for as long as the body takes; afterwards nothing of it is left in libcurl.
    func perform<R: Sendable>(
        _ request: HTTPRequest, streams: Bool, _ body: @Sendable (CurlTransfer) async throws -> R
    ) async throws -> R {
        try Task.checkCancellation()
        var hop = try HTTPHop(request)
        while true {
            let route = if let known = try router.routeAtHand(hop) { known } else { try await router.route(hop) }
            let transfer = try CurlTransfer(hop, route, streams: streams, on: loop, configuration)
            try add(transfer)
            defer { remove(transfer) }
            do {
                if case .value(let value) = try await run(transfer, body) { return value }
            } catch let error as TransportError where error.phase == .connect {
                router.forget(hop)
                throw error
            }
            hop = try hop.following(transfer.status, to: transfer.redirectURL)
        }
    }

    private enum Step<R: Sendable>: Sendable {
        case value(R)
        case redirect
    }

    private func run<R: Sendable>(
        _ transfer: CurlTransfer, _ body: @Sendable (CurlTransfer) async throws -> R
    ) async throws -> Step<R> {
        // A child task only where there is something for it to do.
        guard case .stream = transfer.request.body else { return try await read(transfer, body) }
        async let _: Void = transfer.feedUpload()
        return try await read(transfer, body)
    }

    private func read<R: Sendable>(
        _ transfer: CurlTransfer, _ body: @Sendable (CurlTransfer) async throws -> R
    ) async throws -> Step<R> {
        try await transfer.isRedirected() ? .redirect : .value(body(transfer))
    }
}
