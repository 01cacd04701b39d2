public import Basics
import JSON
import Transport
import WebSocket

/// What a command in a container left behind.
public struct PodExecResult: Sendable, Hashable {
    /// Its exit code; 0 for success.
    public var exitCode: Int32
    /// Its standard output.
    public var output: [UInt8]
    /// Its standard error; with a terminal, that is part of the output.
    public var errors: [UInt8]
    /// Whether one of both was longer than allowed, and the rest was not kept.
    public var isCutOff: Bool
}

extension PodExecResult {
    /// Adds bytes to one of the streams, up to the limit.
    fileprivate mutating func keep(
        _ bytes: ArraySlice<UInt8>, in stream: WritableKeyPath<PodExecResult, [UInt8]>, atMost limit: Int
    ) {
        let room = limit - self[keyPath: stream].count
        if bytes.count > room { isCutOff = true }
        self[keyPath: stream] += bytes.prefix(room)
    }
}

/// How a command runs in a container.
public struct PodExecOptions: Sendable, Hashable {
    /// The size of a terminal in characters.
    public struct Terminal: Sendable, Hashable {
        /// Characters in a line.
        public var columns: Int
        /// Lines.
        public var rows: Int

        /// A terminal of this size.
        public init(columns: Int, rows: Int) { (self.columns, self.rows) = (columns, rows) }
    }

    /// The container; nil for the only one, or the one that the pod's annotation names.
    public var container: String?
    /// The command's standard input, which then ends; nil for none.
    public var input: [UInt8]?
    /// The terminal that the command sees; nil for none.
    public var terminal: Terminal?
    /// How much of standard output and of standard error is kept, in bytes each.
    public var maximumOutput: Int

    /// By default: no input, no terminal, 1 MiB of each output.
    public init(
        container: String? = nil, input: [UInt8]? = nil, terminal: Terminal? = nil, maximumOutput: Int = 1 << 20
    ) {
        self.container = container
        self.input = input
        self.terminal = terminal
        self.maximumOutput = maximumOutput
    }
}

/// The first byte of every message: which stream it belongs to.
///
/// Source: `v4.channel.k8s.io` and `v5.channel.k8s.io` in k8s.io/apimachinery, `pkg/util/remotecommand/constants.go`.
private enum ExecChannel {
    static let input: UInt8 = 0
    static let output: UInt8 = 1
    static let errors: UInt8 = 2
    /// The `Status` with which the command ends.
    static let status: UInt8 = 3
    static let resize: UInt8 = 4
    /// Since v5: the channel in the second byte has ended.
    static let close: UInt8 = 255
}

extension KubernetesClient {
    private static let execProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
    /// How much of the input goes into one message.
    private static let inputPiece = 16_000

    /// Runs a command in a container of a pod, over a WebSocket, and waits for its end.
    ///
    /// No shell reads the command. When the deadline or a cancellation comes first, the command may go on in the pod.
    /// - Returns: whatever the exit code is.
    /// - Throws: `KubernetesError`, with `notFound` when there is no such pod, `serverFailed` when the command could
    ///   not be started, `timedOut` at the deadline; `CancellationError`.
    public func exec(
        _ command: [String], in pod: String, _ namespace: KubernetesNamespace = .ofContext,
        options: PodExecOptions = PodExecOptions(), until deadline: Timestamp
    ) async throws -> PodExecResult {
        guard !command.isEmpty else { throw KubernetesError(.invalidRequest, "exec needs a command") }
        var call = try call("create (before Kubernetes 1.35: get)", "GET", .pods, pod, namespace, subresource: "exec")
        call.text = "exec in pods/\(pod)" + (name(of: namespace).map { " in namespace \($0)" } ?? "")
        call.isSafe = false
        call.query = Self.query(command, options)
        let socket = try await open(call, options, until: deadline)
        defer { socket.close() }
        return try await withThrowingTaskGroup(of: Void.self) { [call] group in
            // A command may end before it has read its input; the reader then learns how it ended.
            group.addTask { try? await socket.sendQueued() }
            defer {
                socket.close()
                group.cancelAll()
            }
            Self.queue(options, on: socket)
            return try await self.result(of: call, on: socket, options, until: deadline)
        }
    }

    private static func query(
        _ command: [String], _ options: PodExecOptions
    ) -> [(name: String, value: String)] {
        var query = command.map { ("command", $0) }
        if let container = options.container { query.append(("container", container)) }
        if options.input != nil { query.append(("stdin", "true")) }
        query.append(("stdout", "true"))
        query.append(options.terminal == nil ? ("stderr", "true") : ("tty", "true"))
        return query
    }

    private func open(
        _ call: APICall, _ options: PodExecOptions, until deadline: Timestamp
    ) async throws -> WebSocketConnection {
        try await repeating(call, until: deadline) { credentials in
            var settings = WebSocketConnection.Settings(authorities: self.configuration.authorities)
            settings.headers = self.headers(call, credentials)
            // Version 4 cannot end the input: a command that reads it to its end would never end.
            settings.subprotocols = options.input == nil ? Self.execProtocols : [Self.execProtocols[0]]
            settings.tls.clientCertificate = credentials.certificate
            settings.tlsServerName = self.configuration.tlsServerName
            settings.proxy = self.configuration.proxy
            let left = deadline - self.time.now()
            guard left > .zero else { throw self.timedOut(call) }
            let opening = try await WebSocketConnection.open(
                self.configuration.server + call.target, settings, on: self.loop,
                timeout: min(left, Self.attemptTimeout))
            return switch opening {
            case .open(let socket): .done(socket)
            case .refused(let response): .refused(response)
            }
        }
    }

    /// Queues the terminal's size and the whole input with its end.
    private static func queue(_ options: PodExecOptions, on socket: WebSocketConnection) {
        if let terminal = options.terminal {
            let size: JSONValue = ["Width": JSONValue(terminal.columns), "Height": JSONValue(terminal.rows)]
            socket.send(.binary, [ExecChannel.resize] + size.serialized())
        }
        guard let input = options.input else { return }
        for start in stride(from: 0, to: input.count, by: inputPiece) {
            socket.send(.binary, [ExecChannel.input] + input[start..<min(start + inputPiece, input.count)])
        }
        socket.send(.binary, [ExecChannel.close, ExecChannel.input])
    }

    /// Reads the command's streams until its `Status`.
    private func result(
        of call: APICall, on socket: WebSocketConnection, _ options: PodExecOptions, until deadline: Timestamp
    ) async throws -> PodExecResult {
        var result = PodExecResult(exitCode: 0, output: [], errors: [], isCutOff: false)
        while true {
            let message: WebSocketConnection.Message
            do {
                message = try await socket.receive(timeout: max(deadline - time.now(), .zero))
            } catch let error as TransportError {
                if error.code == .timedOut { throw timedOut(call, "the command may still run in the pod") }
                var failure = failure(error, of: call)
                failure.message += ": how the command ended is not known, and it may still run in the pod"
                throw failure
            }
            let bytes: [UInt8]
            switch message {
            case .binary(let payload), .text(let payload): bytes = payload
            case .closed(let reason):
                throw invalid(
                    "the server ended the connection without telling how the command ended"
                        + (reason.map { ": \($0)" } ?? ""), call)
            }
            guard let channel = bytes.first else { continue }
            switch channel {
            case ExecChannel.output: result.keep(bytes.dropFirst(), in: \.output, atMost: options.maximumOutput)
            case ExecChannel.errors: result.keep(bytes.dropFirst(), in: \.errors, atMost: options.maximumOutput)
            case ExecChannel.status:
                result.exitCode = try exitCode(Array(bytes.dropFirst()), of: call)
                return result
            default: break  // the server's ends of streams
            }
        }
    }

    /// The exit code that a `Status` tells.
    private func exitCode(_ bytes: [UInt8], of call: APICall) throws(KubernetesError) -> Int32 {
        // Without the `kind` that a Status has elsewhere.
        guard let document = try? JSONValue(parsing: bytes) else {
            throw invalid("the server told how the command ended, but not in JSON", call)
        }
        let status = StatusDocument(document)
        if status.isSuccess { return 0 }
        let code = status.causes.first { $0.reason == "ExitCode" }.flatMap { Int32($0.message) }
        if status.reason == "NonZeroExitCode", let code, code != 0 { return code }
        throw KubernetesError(
            status, status: status.code ?? 500, retryAfter: nil, of: call, user: configuration.authentication.user)
    }
}
