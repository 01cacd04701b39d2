import Basics
import JSON

/// Joins the notifications of a burst into digests: a chat room gets a few lists instead of a hundred messages, and the
/// service's rate limit is not reached.
///
/// A digest has the whole text of its notifications, in their order, without layout, pictures and threads.
enum Burst {
    /// Digests above the limit are split.
    ///
    /// No service cuts or splits a shorter one.
    private static let maximumBytes = 2_400

    /// Groups notifications: in a burst as many as fit into one message, otherwise each alone.
    /// - Parameters:
    ///   - limit: more notifications than this are a burst; 0 for never.
    ///   - mayJoin: whether the notification at a position may be part of a digest: not when it has arrived in part.
    static func bundles(
        of notifications: [PendingNotification], above limit: Int, for output: ChatOutput,
        mayJoin: (Int) -> Bool = { _ in true }
    ) -> [Range<Int>] {
        let isBurst = limit > 0 && notifications.count > limit && output.kind.supportsDigests
        guard isBurst else { return notifications.indices.map { $0..<$0 + 1 } }
        func pack(_ range: Range<Int>) -> [Range<Int>] {
            if range.count <= 1 { return range.isEmpty ? [] : [range] }
            // A digest that the output splits could arrive in part, and would then be resent as a whole.
            if range.allSatisfy(mayJoin), fits(notifications[range], output) { return [range] }
            let middle = range.lowerBound + range.count / 2
            return pack(range.lowerBound..<middle) + pack(middle..<range.upperBound)
        }
        return pack(notifications.indices)
    }

    private static func fits(_ notifications: ArraySlice<PendingNotification>, _ output: ChatOutput) -> Bool {
        // A lower bound of the length, so that the text of thousands is not built in vain.
        let least = notifications.reduce(0) { $0 + $1.notification.title.utf8.count + $1.notification.text.utf8.count }
        guard let first = notifications.first, least <= maximumBytes else { return false }
        let (digest, options) = content(of: Array(notifications), now: first.notification.time)
        return digest.text.utf8.count <= maximumBytes && output.messages(for: digest, options).count == 1
    }

    /// The notification to send for a group, and whom it mentions.
    /// - Parameter group: at least one.
    static func content(of group: [PendingNotification], now: Timestamp) -> (Notification, MessageOptions) {
        let notification = group.count == 1 ? group[0].notification : merged(group.map(\.notification))
        var options = MessageOptions(now: now, idempotencyKey: notification.dedupeKey)
        for mention in group.flatMap(\.mentions) where !options.mentions.contains(mention) {
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
            time: notifications.map(\.time).max() ?? notifications[0].time, source: .digest,
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
