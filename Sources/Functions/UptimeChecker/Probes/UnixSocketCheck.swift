import Basics
import Transport

extension CheckKind {
    /// A socket in the file system, which only a module of blackbox_exporter checks: connects, and goes through the
    /// steps.
    ///
    /// The target's URL is the path. Its host is this machine, which has no limit of checks at once.
    static let unixSocket = CheckKind(
        schemes: ["unix"],
        target: { kind, url throws(TargetError) in CheckTarget(kind, host: "localhost", port: nil, url: url.rest) },
        run: { checker, check, observation in
            guard let path = check.target.url, let address = SocketAddress(path: path) else {
                throw CheckError("its path is empty, or too long for a socket")
            }
            let start = check.budget.elapsed
            let connection = try await TCPConnection.connect(
                to: address, on: checker.loop, timeout: check.budget.remaining)
            defer { connection.close() }
            observation.timings.connect = check.budget.elapsed - start
            let beginsWithTLS = check.endpoint.probe.beginsWithTLS
            let secured =
                beginsWithTLS ? try await checker.startTLS(on: connection, check, &observation) : nil
            try await checker.converse(on: connection, secured, check, &observation)
        })
}
