import Basics
import Notifier
import StateStore

/// The silences of the notifier, as the console shows and makes them.
///
/// `tocsin silence` writes the same ones; what is there is read each second.
final class Silences: Sendable {
    private static let limits = Duration.seconds(1)...Duration.seconds(15 * 86_400)

    private let store: SilenceStore?
    private let known = Locked<[Silence]>([])
    private let fault = Locked<String?>(nil)
    private let note: @Sendable (String) -> Void

    /// - Parameters:
    ///   - folder: where the notifier keeps its state; nil for nowhere.
    ///   - note: called with a line for people when silences cannot be read.
    init(folder: String?, time: TimeSource = Silences.wallClock, note: @escaping @Sendable (String) -> Void = { _ in })
    {
        store = folder.map { SilenceStore(.folder($0), time: time) }
        self.note = note
    }

    static let wallClock = TimeSource(
        now: { .now() }, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0..<1) })

    /// Reads the silences each second, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            await read()
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Reads the silences.
    ///
    /// When they cannot be read none is shown, as the notifier then silences nothing.
    func read() async {
        guard let store else { return }
        var problem: String?
        do {
            let contents = try await store.contents()
            known.withLock { $0 = contents.silences }
            if !contents.unreadable.isEmpty {
                problem = "silences of another version are not in force: \(contents.unreadable.joined(separator: ", "))"
            }
        } catch {
            known.withLock { $0 = [] }
            problem = "silences cannot be read, so nothing is silenced: \(error)"
        }
        let isNews = fault.withLock { old in
            defer { old = problem }
            return old != problem
        }
        if isNews, let problem { note(problem) }
    }

    /// Silences an alarm from now on; a duration of zero ends its silences.
    /// - Returns: what was done, for people.
    /// - Throws: why it cannot be done.
    func set(_ alarm: String, for duration: Duration, at now: Timestamp) async throws -> String {
        guard let store else { throw QuietError(.unavailable, "this session keeps no silences") }
        let limits = Self.limits
        guard duration == .zero || limits.contains(duration) else {
            throw QuietError(
                .wrongSilence, "a silence lasts from \(limits.lowerBound.text) to \(limits.upperBound.text)")
        }
        let matcher = try Matcher(alarm: alarm)
        if duration > .zero {
            let silence = try Silence(
                id: Silence.newID(random: { Double.random(in: 0..<1) }), matchers: [matcher], author: "console",
                reason: "", start: now, end: now + duration)
            try await store.add(silence)
            await read()
            return "\(alarm) sends no messages for \(duration.text)."
        }
        for silence in try await store.contents().silences
        where silence.isActive(at: now) && silence.matchers == [matcher] { _ = try await store.end(silence.id) }
        await read()
        let others = active(of: alarm, at: now).map(\.id)
        return others.isEmpty
            ? "\(alarm) sends messages again."
            : "\(alarm) is still silenced with others; to end that: tocsin silence end \(others.joined(separator: ", "))"
    }

    /// Until when an alarm is silenced; nil when it is not.
    func end(of alarm: String, at now: Timestamp) -> Timestamp? { active(of: alarm, at: now).map(\.end).max() }

    private func active(of alarm: String, at now: Timestamp) -> [Silence] {
        known.withLock { $0 }.filter { $0.isActive(at: now) && $0.silences(alarm: alarm) }
    }
}
