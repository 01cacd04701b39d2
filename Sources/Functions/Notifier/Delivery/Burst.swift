import Basics
import JSON

/// Many notifications as one: in a burst a chat room gets lists instead of a hundred messages, and stays within the
/// service's limits.
///
/// Everything that the single messages would say is in it as plain text, in their order; what goes is their layout,
/// pictures and threads.
enum Burst {
    /// Longer ones are parted: no service cuts or splits what is below.
    static let maximumBytes = 2_400

    /// What goes together: in a burst as many as make one message, otherwise each by itself.
    /// - Parameters:
    ///   - limit: How many are no burst yet; 0 when nothing is.
    ///   - mayJoin: Whether the notification at a position may be part of a digest: not when it has arrived in part.
    static func bundles(
        of jobs: [Courier.Job], above limit: Int, for output: ChatOutput, mayJoin: (Int) -> Bool = { _ in true }
    ) -> [Range<Int>] {
        let isBurst = limit > 0 && jobs.count > limit && output.kind.supportsDigests
        guard isBurst else { return jobs.indices.map { $0..<$0 + 1 } }
        func pack(_ range: Range<Int>) -> [Range<Int>] {
            if range.count <= 1 { return range.isEmpty ? [] : [range] }
            // What the output would split could arrive in part, and then come again whole.
            if range.allSatisfy(mayJoin), fits(jobs[range], output) { return [range] }
            let middle = range.lowerBound + range.count / 2
            return pack(range.lowerBound..<middle) + pack(middle..<range.upperBound)
        }
        return pack(jobs.indices)
    }

    private static func fits(_ jobs: ArraySlice<Courier.Job>, _ output: ChatOutput) -> Bool {
        // Short of the true length: saves building texts of thousands.
        let least = jobs.reduce(0) { $0 + $1.notification.title.utf8.count + $1.notification.text.utf8.count }
        guard let first = jobs.first, least <= maximumBytes else { return false }
        let (digest, options) = content(of: Array(jobs), now: first.notification.time)
        return digest.text.utf8.count <= maximumBytes && output.messages(for: digest, options).count == 1
    }

    /// The notification to send for jobs that go together, and whom it calls; jobs are at least one.
    static func content(of jobs: [Courier.Job], now: Timestamp) -> (Notification, MessageOptions) {
        let notification = jobs.count == 1 ? jobs[0].notification : merged(jobs.map(\.notification))
        var options = MessageOptions(now: now, idempotencyKey: notification.dedupeKey)
        for mention in jobs.flatMap(\.mentions) where !options.mentions.contains(mention) {
            options.mentions.append(mention)
        }
        return (notification, options)
    }

    private static func merged(_ notifications: [Notification]) -> Notification {
        let counts = Severity.allCases.reversed().compactMap { severity -> String? in
            let count = notifications.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)"
        }
        return Notification(
            title: "\(notifications.count) notifications: \(counts.joined(separator: ", "))",
            text: notifications.map(text).joined(separator: "\n\n"),
            severity: notifications.map(\.severity).max() ?? .info,
            time: notifications.map(\.time).max() ?? notifications[0].time, source: Source(rawValue: "digest"),
            dedupeKey: "digest of \(notifications.count) from \(notifications[0].dedupeKey)",
            message: .array(notifications.map(\.message))
        )
    }

    private static func text(of notification: Notification) -> String {
        var lines = ["• \(notification.severity.rawValue.uppercased()) \(notification.title)"]
        if !notification.text.isEmpty { lines.append(notification.text) }
        lines += notification.fields.map { "\($0.name): \($0.value)" }
        lines += notification.links.map { "\($0.title): \($0.url)" }
        return lines.joined(separator: "\n")
    }
}
