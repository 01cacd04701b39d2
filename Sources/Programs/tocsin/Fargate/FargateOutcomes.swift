import ArgumentParser
import Basics
import FargateAdjuster
import TextTables

extension [AdjustmentOutcome] {
    /// For people: how each service ended, why, and what it is on.
    func lines(width: Int, colour: Bool) -> [String] {
        [String](map { outcome in outcome.lines(width: width, colour: colour) }.joined(separator: [""]))
    }

    /// Ends with 3 when something is still broken, with 1 when something did not succeed.
    func throwExitCode() throws {
        if contains(where: { $0.state == .stillBroken }) { throw ExitCode(3) }
        if contains(where: { $0.state == .restored || $0.state == .nothingToRestore }) { throw ExitCode.failure }
    }
}

extension AdjustmentOutcome {
    fileprivate func lines(width: Int, colour: Bool) -> [String] {
        let time = duration.map { ", \($0.text)" } ?? ""
        var lines = "\(component): \(state.rawValue)\(time)".wrapped(to: width, indent: 2)
        if colour { lines = lines.map { state.style.applied(to: $0) } }
        let texts = [message, cause.map { message.contains($0.text) ? "" : "Cause: \($0.text)" } ?? ""]
        return lines
            + texts.filter { !$0.isEmpty }.flatMap { text in
                text.wrapped(to: max(20, width - 2), indent: 0).map { "  " + $0 }
            }
    }

    /// How long it took, in whole seconds.
    var duration: Duration? {
        guard let startedAt, let endedAt else { return nil }
        return .seconds((endedAt - startedAt).components.seconds)
    }
}

extension AdjustmentOutcome.State {
    var style: Style {
        switch self {
        case .succeeded, .unchanged: .good
        case .restored, .nothingToRestore, .stillBroken: .bad
        }
    }
}
