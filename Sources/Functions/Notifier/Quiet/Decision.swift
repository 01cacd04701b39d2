import Basics

/// What becomes of a notification at one place where the rules send it, and why.
///
/// Made without sending or waiting; `tocsin notify test` shows it.
public struct Decision: Sendable, Hashable {
    /// What becomes of it.
    public enum Outcome: Sendable, Hashable {
        /// The rules want it nowhere.
        case dropped
        case sent
        case muted(MuteReason)
        /// It waits in a group, and is left out of the group's message while it is muted.
        /// - Parameters:
        ///   - by: what the group's members share: `region=eu-west-1, tags.team=shop`; empty for one group of all.
        ///   - wait: from the first alarm to the first message.
        ///   - repeats: how long until the group is told again while it lasts; nil for never.
        case grouped(by: String, wait: Duration, repeats: Duration?, mute: MuteReason?)
    }

    /// The route that decided: `routes[2]` or `default`.
    public let route: String
    /// The output's name; nil for what is dropped.
    public let output: String?
    /// What becomes of it.
    public let outcome: Outcome

    /// For people: `sent`, `dropped`, `silenced by ada until …`, `waits 30 s in the group region=eu-west-1`.
    public var text: String {
        switch outcome {
        case .dropped: return "dropped"
        case .sent: return "sent"
        case .muted(let reason): return "\(reason)"
        case .grouped(let group, let wait, let repeats, let mute):
            let place = group.isEmpty ? "the group of all" : "the group \(group)"
            let start = wait > .zero ? "waits \(wait.text) in \(place)" : "goes to \(place)"
            let again = repeats.map { ", told again every \($0.text) while it lasts" } ?? ""
            return start + again + (mute.map { "; \($0)" } ?? "")
        }
    }
}

extension Rules {
    /// What becomes of a notification, one decision for each output that it goes to.
    /// - Parameter mutes: what is muted now; by default nothing but the windows of the rules.
    func decisions(for notification: Notification, mutes: Mutes? = nil, at now: Timestamp) -> [Decision] {
        let mutes = mutes ?? Mutes(windows: windows, inhibitions: inhibitions)
        let destinations = destinations(of: notification)
        guard !destinations.isEmpty else {
            return [Decision(route: lastRoute(of: notification), output: nil, outcome: .dropped)]
        }
        return destinations.map { destination in
            let (place, notification) = (destination.place, destination.notification)
            let mute = mutes.reason(for: notification, own: place.windows, at: now)
            let outcome: Decision.Outcome
            if let grouping = place.grouping {
                outcome = .grouped(
                    by: grouping.group(of: notification, to: destination.output).text, wait: grouping.times.wait,
                    repeats: grouping.times.repeats, mute: mute)
            } else {
                outcome = mute.map { .muted($0) } ?? .sent
            }
            return Decision(route: place.name, output: destination.output, outcome: outcome)
        }
    }

    /// The name of the last route that is looked at.
    private func lastRoute(of notification: Notification) -> String {
        var notification = notification
        for (index, route) in routes.enumerated() where route.match.holds(for: notification) {
            route.changes.apply(to: &notification)
            if route.action != nil, !route.goesOn { return "routes[\(index)]" }
        }
        return "default"
    }
}
