internal import Basics

/// A stretch of a run in which the hypothesis was not met, after the method had begun.
struct Deviation: Sendable {
    /// The start of the first check that was not met.
    let start: Timestamp
    /// The end of the first check that was met again; nil when none was.
    let end: Timestamp?

    /// Seconds until the hypothesis was met again; nil when it never was.
    var timeToRecovery: Double? { end.map { ($0 - start) / .seconds(1) } }

    /// The stretches of a run in their order.
    static func all(in run: RunJournal) -> [Deviation] {
        var stretches: [Deviation] = []
        var began: Timestamp?
        for check in run.checks where check.phase != .before {
            if check.isMet == false {
                began = began ?? check.start
            } else if check.isMet == true, let start = began, let end = check.end {
                stretches.append(Deviation(start: start, end: max(start, end)))
                began = nil
            }
        }
        if let began { stretches.append(Deviation(start: began, end: nil)) }
        return stretches
    }
}
