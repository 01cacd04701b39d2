public import JSON

/// A report on one run of an experiment or on several, made from their journals.
///
/// Journals have Chaos Toolkit's schema, of any version, with or without what Tocsin's engine adds under `tocsin`. They
/// may be damaged or come from strangers: whatever is in them is shown as plain text of a bounded length, never as
/// markup or a link. Secrets are masked by the engine that writes the journal; what commonly holds them (`secrets`,
/// `configuration`, HTTP headers, credentials in a URL) is not shown at all.
public struct ExperimentReport: Sendable {
    /// The heading of a report on several runs; a report on one run has the experiment's title.
    let title: String
    /// The runs, oldest first; runs that tell no start are in the order in which they were given.
    let runs: [RunJournal]

    /// Whether a value is the journal of an experiment, maybe a damaged one.
    public static func isJournal(_ value: JSONValue) -> Bool { RunJournal(value).isReadable }

    /// A report on these journals, in any order.
    ///
    /// A value that is no journal is listed as one that cannot be read.
    public init(journals: [JSONValue], title: String = "Experiments") {
        self.title = Text.line(title)
        let runs = journals.map { RunJournal($0) }
        self.runs = runs.enumerated().sorted { left, right in
            guard let first = left.element.start, let second = right.element.start, first != second else {
                return left.offset < right.offset
            }
            return first < second
        }.map(\.element)
    }
}
