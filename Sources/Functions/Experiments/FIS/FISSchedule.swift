import Basics

/// When the actions of a template start and end, in seconds from the start of the experiment.
///
/// Fault Injection Service starts an action when those in its `startAfter` have ended. Chaos Toolkit knows an order and
/// pauses only, so the ends are computed from the durations that the template declares.
struct FISSchedule {
    /// An action's time.
    struct Slot {
        let start: Int
        let end: Int
    }

    /// By the names of the actions.
    let slots: [String: Slot]
    /// The names of the actions, each after those that it starts after.
    let order: [String]

    /// Computes the times.
    /// - Parameter durations: how long each action takes, in seconds.
    /// - Returns: nil when actions wait for each other; ``unordered(_:)`` tells which.
    init?(_ actions: [FISTemplate.Action], durations: [String: Int]) {
        var slots: [String: Slot] = [:]
        var order: [String] = []
        var waiting = actions
        while !waiting.isEmpty {
            let ready = waiting.filter { $0.startAfter.allSatisfy { slots[$0] != nil } }
            guard !ready.isEmpty else { return nil }
            for action in ready {
                let start = action.startAfter.compactMap { slots[$0]?.end }.max() ?? 0
                slots[action.name] = Slot(start: start, end: start + (durations[action.name] ?? 0))
                order.append(action.name)
            }
            waiting.removeAll { action in slots[action.name] != nil }
        }
        (self.slots, self.order) = (slots, order)
    }

    /// The actions that never start, because they wait for each other.
    static func unordered(_ actions: [FISTemplate.Action]) -> [FISTemplate.Action] {
        var started: Set<String> = []
        var waiting = actions
        while let index = waiting.firstIndex(where: { started.isSuperset(of: $0.startAfter) }) {
            started.insert(waiting.remove(at: index).name)
        }
        return waiting
    }
}
