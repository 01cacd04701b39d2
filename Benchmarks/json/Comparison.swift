import Basics

/// Runs two pieces of code in turns and prints their best times and the ratio.
struct Comparison {
    private let clock = ContinuousClock()

    init() {
        print("MB/s".padded(8), "theirs".padded(8), "ratio".padded(7))
    }

    /// `bytes` is the size of the JSON text; the results of both closures must be the same.
    func run(_ name: String, bytes: Int, ours: () throws -> Int, theirs: () throws -> Int) throws {
        guard try ours() == theirs() else { return print("\(name): different results") }
        var best = (ours: Duration.seconds(60), theirs: Duration.seconds(60))
        let repetitions = max(1, 500_000 / bytes)
        for _ in 0..<15 {
            best.ours = min(best.ours, try time(repetitions, ours))
            best.theirs = min(best.theirs, try time(repetitions, theirs))
        }
        let speeds = [best.ours, best.theirs].map { Double(bytes * repetitions) / ($0 / .microseconds(1)) }
        let figures = speeds.map { String(Int($0)).padded(8) } + [rounded(speeds[0] / speeds[1]).padded(7)]
        print(figures.joined(separator: " "), "", name)
    }

    private func time(_ repetitions: Int, _ body: () throws -> Int) throws -> Duration {
        try clock.measure { for _ in 0..<repetitions where try body() < 0 { print("negative") } }
    }

    private func rounded(_ ratio: Double) -> String { String((ratio * 100).rounded() / 100) }
}

extension String {
    /// The text with spaces in front up to a width.
    func padded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - utf8.count)) + self }
}
