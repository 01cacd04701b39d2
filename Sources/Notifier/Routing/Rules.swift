/// Which notifications go where.
struct Rules: Sendable {
    /// What becomes of the notifications that match.
    enum Action: Sendable, Hashable {
        /// They go nowhere.
        case drop
        /// They go to these outputs, which call these people.
        case send(to: [String], mentions: [Mention])
    }

    struct Route: Sendable, Hashable {
        var match = Match()
        var action: Action
        /// Whether the routes after this one are looked at too.
        var goesOn = false
    }

    /// One place where a notification goes.
    struct Destination: Sendable, Hashable {
        let output: String
        var mentions: [Mention]
    }

    /// By their names; in the order of the file where one matters.
    var outputs: [OutputDefinition]
    var routes: [Route] = []
    /// What becomes of a notification that no route has kept.
    var fallback: Action

    /// Where a notification goes, each output once; nowhere when a rule drops it.
    func destinations(of notification: Notification) -> [Destination] {
        var destinations: [Destination] = []
        for route in routes where route.match.holds(for: notification) {
            Self.add(route.action, to: &destinations)
            if !route.goesOn { return destinations }
        }
        Self.add(fallback, to: &destinations)
        return destinations
    }

    private static func add(_ action: Action, to destinations: inout [Destination]) {
        guard case .send(let outputs, let mentions) = action else { return }
        for output in outputs {
            if let known = destinations.firstIndex(where: { $0.output == output }) {
                destinations[known].mentions += mentions.filter { !destinations[known].mentions.contains($0) }
            } else {
                destinations.append(Destination(output: output, mentions: mentions))
            }
        }
    }
}
