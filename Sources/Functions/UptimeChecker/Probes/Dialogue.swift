import Basics
import RegularExpressions
import Transport

/// A step of a conversation over TCP or TLS: what is expected of the server, what is answered, and whether TLS begins.
///
/// The parts happen in this order: `expect`, `expect-bytes`, `send`, `starttls`.
struct DialogueStep: Sendable {
    /// `expect`: lines are read until one matches.
    var expect: RegularExpression?
    /// `expect-bytes`: exactly these come next; empty for none.
    var expectedBytes: [UInt8] = []
    /// `labels`: values made of the groups of `expect`, for the result.
    var labels: [(name: String, value: String)] = []
    /// `send`: a line, to which a line feed is added; `${1}` is a group of `expect`.
    ///
    /// It may be a secret.
    var send: [UInt8] = []
    /// `starttls`: the connection changes to TLS.
    var startsTLS = false
}

extension Checker {
    /// Goes through the steps of a check.
    ///
    /// The target counts as connected from the start: it took the connection, and what it fails to say is an error.
    /// - Parameter secured: the TLS connection on top, where the check has begun with TLS.
    func converse(
        on connection: TCPConnection, _ secured: TLSConnection?, _ check: Check, _ observation: inout Observation
    ) async throws {
        observation.isConnected = true
        var secured = secured
        defer { secured?.close() }
        var reader = DialogueReader(secured ?? connection, check.budget, loop)
        for (index, step) in check.endpoint.probe.steps.enumerated() {
            let place = "step \(index + 1)"
            var send = step.send
            if let expression = step.expect {
                let match: RegularExpressionMatch
                do { match = try await reader.match(expression, place) } catch {
                    if settings.traces { observation.trace += reader.takeLines(place) }
                    throw error
                }
                if settings.traces { observation.trace += reader.takeLines(place) }
                for label in step.labels {
                    let value = match.expand(Array(label.value.utf8))
                    observation.captures.append((label.name, String(decoding: value, as: UTF8.self)))
                }
                send = match.expand(send)
            }
            if !step.expectedBytes.isEmpty { try await reader.expect(step.expectedBytes, place) }
            if !send.isEmpty {
                observation.sent.append(String(decoding: send, as: UTF8.self))
                try await reader.send(send + [UInt8(ascii: "\n")], place)
                // Not what is sent: it may be a password.
                if settings.traces { observation.trace.append("\(place): sent \(send.count + 1) bytes") }
            }
            if step.startsTLS {
                // What the server sent before is dropped: nobody knows who sent it.
                let stream = try await startTLS(on: connection, check, &observation)
                secured = stream
                reader = DialogueReader(stream, check.budget, loop)
            }
        }
    }
}

/// Reads what a server says, by lines or by bytes.
private struct DialogueReader {
    private let connection: any ByteConnection
    private let budget: TimeBudget
    private let loop: EventLoop
    private var unread: ArraySlice<UInt8> = []
    /// The line that was read last, for messages.
    private var lastLine: [UInt8]?
    /// The lines of the step, for the trace; the last few.
    private var lines: [[UInt8]] = []
    private var hasEnded = false

    /// The longest line, in bytes, as in blackbox_exporter.
    private static let longestLine = 65_536
    /// How much is read for one `expect`, in bytes.
    private static let mostBytes = 262_144
    private static let tracedLines = 20
    /// After so many lines other checks have their turn.
    private static let linesInARow = 64

    init(_ connection: any ByteConnection, _ budget: TimeBudget, _ loop: EventLoop) {
        self.connection = connection
        self.budget = budget
        self.loop = loop
    }

    /// Reads lines until one matches.
    mutating func match(_ expression: RegularExpression, _ place: String) async throws -> RegularExpressionMatch {
        let wanted = "a line that matches /\(expression.pattern)/"
        var (count, size) = (0, 0)
        while true {
            let line: [UInt8]?
            do {
                line = try await nextLine()
            } catch let error as TransportError where error.code == .timedOut {
                throw CheckError(
                    .timedOut,
                    "\(place): the server sent no line that matches /\(expression.pattern)/ within "
                        + "\(budget.limit.text)\(afterLastLine)")
            } catch {
                throw CheckError("\(place): waiting for \(wanted): ", of: error)
            }
            guard let line else {
                throw CheckError("\(place): the server closed the connection without \(wanted)\(afterLastLine)")
            }
            count += 1
            size += line.count + 1
            if count % Self.linesInARow == 0 { try await loop.sleep(for: .zero) }
            guard size <= Self.mostBytes else {
                throw CheckError(
                    "\(place): the server sent \(Self.mostBytes >> 10) KiB without \(wanted)\(afterLastLine)")
            }
            lastLine = line
            lines = lines.suffix(Self.tracedLines - 1) + [line]
            do throws(RegularExpressionError) {
                if let match = try expression.firstMatch(in: line[...]) { return match }
            } catch {
                throw CheckError("\(place): a line cannot be compared with /\(expression.pattern)/: \(error)")
            }
        }
    }

    /// The lines that a step has read, as a trace shows them.
    mutating func takeLines(_ place: String) -> [String] {
        defer { lines = [] }
        return lines.map { line in
            "\(place): read \(String(decoding: line.prefix(500), as: UTF8.self).debugDescription)"
        }
    }

    /// Reads as many bytes as are expected, and compares them.
    mutating func expect(_ expected: [UInt8], _ place: String) async throws {
        do {
            while unread.count < expected.count {
                guard try await readMore() else {
                    throw CheckError(
                        "the server closed the connection after \(unread.count) of the \(expected.count) bytes expected"
                    )
                }
            }
        } catch {
            throw CheckError("\(place): ", of: error)
        }
        let bytes = Array(unread.prefix(expected.count))
        unread = unread.dropFirst(expected.count)
        guard bytes == expected else {
            throw CheckError("\(place): the server sent the bytes \(bytes.hex), expected \(expected.hex)")
        }
    }

    func send(_ bytes: [UInt8], _ place: String) async throws {
        do { try await connection.write(bytes, timeout: budget.remaining) } catch {
            throw CheckError("\(place): ", of: error)
        }
    }

    /// What a message says of the last line: `; its last line was "…"`.
    private var afterLastLine: String {
        guard let lastLine else { return "; it sent no line" }
        return "; its last line was \(String(decoding: lastLine.prefix(200), as: UTF8.self).debugDescription)"
    }

    /// The next line without its end, also one that the end of the stream ends; nil at the end.
    private mutating func nextLine() async throws -> [UInt8]? {
        var searched = 0
        while true {
            if let end = unread.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
                let line = unread[..<end].last == UInt8(ascii: "\r") ? unread[..<(end - 1)] : unread[..<end]
                unread = unread[(end + 1)...]
                return Array(line)
            }
            guard unread.count < Self.longestLine else {
                throw CheckError("the server sent a line of more than \(Self.longestLine) bytes")
            }
            searched = unread.count
            guard try await readMore() else {
                defer { unread = [] }
                return unread.isEmpty ? nil : Array(unread)
            }
        }
    }

    /// - Returns: false at the end of the stream.
    private mutating func readMore() async throws -> Bool {
        guard !hasEnded else { return false }
        let more = try await connection.read(atMost: 16_384, timeout: budget.remaining)
        hasEnded = more.isEmpty
        unread += more
        return !hasEnded
    }
}
