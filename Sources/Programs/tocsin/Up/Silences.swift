import Basics
import CloudWatchAlarms
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

    /// - Parameter path: the file; nil to keep them in memory.
    init(path: String?, at now: Timestamp) {
        self.path = path
        let text = path.flatMap { try? Files.read($0) } ?? []
        var known: [String: Silence] = [:]
        for (alarm, times) in (try? JSONValue(parsing: text))?.objectValue ?? [:] {
            guard let start = Timestamp(iso8601: times["from"]?.stringValue ?? ""),
                let end = Timestamp(iso8601: times["until"]?.stringValue ?? ""), end > now
            else { continue }
            known[alarm] = Silence(start: start, end: end)
        }
        state = Locked(known)
    }

    /// Silences an alarm from now on; a duration of zero ends that.
    /// - Throws: why it cannot be kept: it holds for this session then.
    func set(_ alarm: String, for duration: Duration, at now: Timestamp) throws(SystemError) {
        let all = state.withLock { state in
            // To the second, as the file has it.
            let start = Timestamp(microseconds: now.microseconds / 1_000_000 * 1_000_000)
            state[alarm] = duration > .zero ? Silence(start: start, end: start + duration) : nil
            state = state.filter { $0.value.end > now }
            return state
        }
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
    /// A rule begins at a full minute: this one up to a minute before the start, which has passed.
    init(holding alarms: [String], from start: Timestamp, until end: Timestamp) {
        let minute = Timestamp(microseconds: start.microseconds / 60_000_000 * 60_000_000)
        self.init(
            name: "silence of \(alarms.first ?? "")", schedule: "at(\(minute.iso8601.prefix(16)))",
            duration: max(.seconds(60), end - minute), alarms: alarms)
    }
}
