public import Basics

/// How many of the resources that match are taken.
public enum Quantity: Sendable, Hashable, CustomStringConvertible {
    /// All of them.
    case all
    /// This many, at least 1.
    case count(Int)
    /// This share in per cent, above 0 up to 100. It is rounded up, so that at least one resource is taken.
    case percent(Double)

    /// Reads `all`, `3` or `25%`.
    /// - Throws: `AWSResourcesError` with the text and the expected forms.
    public init(parsing text: String) throws(AWSResourcesError) {
        let trimmed = text.trimmingWhitespace
        if trimmed == "all" {
            self = .all
        } else if trimmed.last == "%", let share = Double(trimmed.dropLast().trimmingWhitespace), share > 0,
            share <= 100
        {
            self = .percent(share)
        } else if let count = Int(trimmed), count > 0 {
            self = .count(count)
        } else {
            throw AWSResourcesError(
                .wrongSelector, "\"\(text)\" is no quantity, expected all, a number from 1, or a share such as 25%")
        }
    }

    /// As it is read.
    public var description: String {
        switch self {
        case .all: "all"
        case .count(let count): "\(count)"
        case .percent(let share): Int(exactly: share).map { "\($0)%" } ?? "\(share)%"
        }
    }

    /// How many of `available` are taken; more than there are when a count asks for it.
    func wanted(of available: Int) -> Int {
        switch self {
        case .all: available
        case .count(let count): max(0, count)
        case .percent(let share): Int((Double(available) * min(max(share, 0), 100) / 100).rounded(.up))
        }
    }
}

/// A choice among resources that can be made again: the same candidates, quantity and seed give the same choice.
public struct Selection<Element: Sendable>: Sendable {
    /// What was chosen, in the order of the sort key; never empty.
    public let chosen: [Element]
    /// How many there were to choose from.
    public let available: Int
    /// How many were asked for; more than ``chosen`` when there were too few.
    public let wanted: Int
    /// The seed, for the log: with it the choice can be made again.
    public let seed: UInt64

    /// How many are missing, because fewer resources exist than were asked for.
    public var missing: Int { wanted - chosen.count }

    /// Chooses without replacement.
    ///
    /// - Parameters:
    ///   - key: Names an element, such as its ARN. Candidates are sorted by it first, since services list them in any
    ///     order; of two with the same key the later one is dropped.
    /// - Throws: `AWSResourcesError` when there is nothing to choose from.
    public init(
        _ quantity: Quantity, of candidates: [Element], by key: (Element) -> String, seed: UInt64
    ) throws(AWSResourcesError) {
        var keys: Set<String> = []
        let named = candidates.map { (key: key($0), element: $0) }.filter { keys.insert($0.key).inserted }
        var sorted = named.sorted { $0.key < $1.key }
        guard !sorted.isEmpty else {
            throw AWSResourcesError(
                .nothingFound, "no resource matches, so there is nothing to choose \(quantity) from")
        }
        available = sorted.count
        wanted = quantity.wanted(of: sorted.count)
        self.seed = seed
        if wanted < sorted.count {
            var random = SeededRandom(seed)
            // The first steps of a Fisher-Yates shuffle.
            for index in 0..<wanted {
                sorted.swapAt(index, index + Int(random.next(below: UInt64(sorted.count - index))))
            }
            sorted = sorted.prefix(wanted).sorted { $0.key < $1.key }
        }
        chosen = sorted.map(\.element)
    }
}
