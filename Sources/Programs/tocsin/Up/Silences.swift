import Basics
import CloudWatchAlarms
import Glibc
import JSON
import LocalCloud
import Transport

/// The alarms whose messages are held back for a time; kept in a file across restarts.
final class Silences: Sendable {
    /// From when to when.
    struct Silence: Sendable, Equatable {
        var start: Timestamp
        var end: Timestamp
    }

    /// CloudWatch's limits for the duration of a mute rule.
    static let limits = Duration.seconds(60)...Duration.seconds(15 * 86_400)

    private let path: String?
    private let state: Locked<[String: Silence]>
    /// Held for a change and its writing, so that the file gets the changes in their order; readers do not wait for it.
    private let writing = Locked(())

    /// - Parameters:
    ///   - path: the file; nil to keep them in memory.
    ///   - note: called with a line for people when the file cannot be used.
    init(path: String?, at now: Timestamp, note: (String) -> Void = { _ in }) {
        self.path = path
        var known: [String: Silence] = [:]
        if let path {
            do {
                let (silences, unreadable) = try Self.read(path)
                known = silences.filter { $0.value.end > now }
                let names = unreadable.joined(separator: ", ")
                if !names.isEmpty { note("\(path): these silences cannot be read and are forgotten: \(names)") }
            } catch {
                note("\(path) cannot be read, so no alarm is silenced; a new silence replaces the file: \(error)")
            }
        }
        state = Locked(known)
    }

    /// The silences of a file, and the alarms of those that cannot be read.
    private static func read(_ path: String) throws -> ([String: Silence], unreadable: [String]) {
        let text: [UInt8]
        do {
            text = try Files.read(path)
        } catch let error as SystemError where error.number == ENOENT {
            return ([:], [])
        }
        guard let object = try JSONValue(parsing: text).objectValue else { throw UnreadableFile() }
        var known: [String: Silence] = [:]
        var unreadable: [String] = []
        for (alarm, times) in object {
            if let start = Timestamp(iso8601: times["from"]?.stringValue ?? ""),
                let end = Timestamp(iso8601: times["until"]?.stringValue ?? ""), start < end
            {
                known[alarm] = Silence(start: start, end: min(end, MuteRule.latestEnd(from: start)))
            } else {
                unreadable.append(alarm)
            }
        }
        return (known, unreadable)
    }

    private struct UnreadableFile: Error, CustomStringConvertible {
        let description = "it is no JSON object of alarms"
    }

    /// Silences an alarm from now on; a duration of zero ends that.
    /// - Throws: why it cannot be kept: it holds for this session then.
    func set(_ alarm: String, for duration: Duration, at now: Timestamp) throws(SystemError) {
        let failure = writing.withLock { _ -> SystemError? in
            let all = state.withLock { state in
                // To the second, as the file has it.
                let start = Timestamp(microseconds: now.microseconds / 1_000_000 * 1_000_000)
                let end = min(start + duration, MuteRule.latestEnd(from: start))
                state[alarm] = duration > .zero ? Silence(start: start, end: end) : nil
                state = state.filter { $0.value.end > now }
                return state
            }
            do throws(SystemError) { try write(all) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    private func write(_ all: [String: Silence]) throws(SystemError) {
        guard let path else { return }
        let members = all.sorted { $0.key < $1.key }.map { alarm, silence -> (String, JSONValue) in
            (alarm, ["from": .string(silence.start.iso8601), "until": .string(silence.end.iso8601)])
        }
        try replaceFile(path, with: JSONValue.object(JSONObject(members)).serialized(.pretty), draft: path + ".new")
    }

    /// Until when an alarm is silenced; nil when it is not.
    func end(of alarm: String, at now: Timestamp) -> Timestamp? {
        state.withLock { $0[alarm] }.flatMap { $0.end > now ? $0.end : nil }
    }

    /// The rules that hold the messages of the silenced alarms back.
    func muteRules(at now: Timestamp) -> [MuteRule] {
        state.withLock { $0 }.filter { $0.value.end > now }.sorted { $0.key < $1.key }.map { alarm, silence in
            MuteRule(holding: [alarm], from: silence.start, until: silence.end)
        }
    }
}

extension MuteRule {
    /// Holds the messages of alarms back for a time.
    ///
    /// - Parameter end: until ``latestEnd(from:)`` at the most.
    init(holding alarms: [String], from start: Timestamp, until end: Timestamp) {
        let minute = Self.minute(before: start)
        self.init(
            name: "silence of \(alarms.first ?? "")", schedule: "at(\(minute.iso8601.prefix(16)))",
            duration: max(.seconds(60), end - minute), alarms: alarms)
    }

    /// The latest end of a rule for a time from here on.
    static func latestEnd(from start: Timestamp) -> Timestamp { minute(before: start) + Silences.limits.upperBound }

    /// A rule begins at a full minute: this one one to two minutes before the start, which have passed.
    ///
    /// Not the newest full minute: alarms are evaluated as of some seconds ago, which may be before it.
    private static func minute(before start: Timestamp) -> Timestamp {
        Timestamp(microseconds: (start.microseconds / 60_000_000 - 1) * 60_000_000)
    }
}
