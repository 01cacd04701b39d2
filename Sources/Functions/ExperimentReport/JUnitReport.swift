internal import Basics
internal import JSON

extension ExperimentReport {
    /// The report as JUnit XML for build servers: one test suite for each journal.
    ///
    /// A failure is a check that found something wrong: a tolerance that was not met, a target that is still broken. An
    /// error is a technical one: an activity that could not be run, a run that came to no verdict. What was declared
    /// and not run is skipped. The document is valid by Jenkins' schema and by that of Ant's JUnit reports.
    public func junit() -> String {
        var xml = XML()
        xml.open("testsuites")
        for (index, run) in runs.enumerated() { JUnitSuite(run: run, id: index).write(&xml) }
        xml.close("testsuites")
        return xml.text
    }
}

/// The test cases of one run.
private struct JUnitSuite {
    let id: Int
    let run: RunJournal
    private var cases: [Case] = []

    private struct Case {
        enum Result: String { case passed, failure, error, skipped }
        let group: String
        let name: String
        var duration: Double?
        var result: Result = .passed
        /// A short name of what is wrong, and the sentence that says it.
        var type = ""
        var message = ""
        var detail = ""
    }

    init(run: RunJournal, id: Int) {
        self.run = run
        self.id = id
        cases.append(verdict)
        guard run.isReadable else { return }
        cases += run.probeNames.map(hypothesisCase)
        cases += activityCases("method", run.method, declared: run.journal["experiment"]?["method"])
        cases += activityCases("rollbacks", run.rollbacks, declared: run.journal["experiment"]?["rollbacks"])
        cases += run.targets.map(targetCase)
    }

    // MARK: Cases

    /// Whether the run came to a verdict: without this case a run that was interrupted could be green.
    private var verdict: Case {
        let verdict = Verdict(of: run)
        var result = Case(group: "run", name: "the run comes to a verdict", duration: run.duration)
        switch run.outcome {
        case .interrupted, .aborted, .error: result.result = .error
        // The probes' own cases tell these.
        case .deviated, .baselineNotMet, .probeError: break
        // So do the targets'.
        case .passed: if !run.isConclusive, run.openTargets.isEmpty { result.result = .skipped }
        }
        (result.type, result.message) = (run.outcome.rawValue, verdict.sentence.plain)
        result.detail = verdict.points.map(\.text.plain).joined(separator: "\n")
        return result
    }

    private func hypothesisCase(_ name: String) -> Case {
        var result = Case(group: "steady-state", name: name)
        let records = run.checks.flatMap { check in check.probes.filter { $0.name == name }.map { (check.phase, $0) } }
        result.duration = records.reduce(0) { $0 + ($1.1.duration ?? 0) }
        if let (phase, broken) = records.first(where: { $0.1.status == .failed || $0.1.status == .aborted }) {
            (result.result, result.type) = (.error, "probe-error")
            result.message = "could not be run \(phase.rawValue) the method: \(broken.error ?? "unknown error")"
            result.detail = Text.block(broken.exception ?? "", limit: 4_096).text
        } else if let (phase, unmet) = records.first(where: { $0.1.toleranceMet == false }) {
            let count = records.count { $0.1.toleranceMet == false }
            (result.result, result.type) = (.failure, phase == .before ? "baseline-not-met" : "deviated")
            result.message =
                "not met \(phase.rawValue) the method (\(count) of \(Text.counted(records.count, "check"))): "
                + "should be \(ProbeWords.tolerance(unmet.tolerance, output: unmet.output)), was \(unmet.output.map(ProbeWords.output) ?? "nothing")"
        } else if records.isEmpty || records.allSatisfy({ $0.1.status == .skipped }) {
            (result.result, result.type, result.message) = (.skipped, "skipped", "was not checked")
        }
        return result
    }

    private func activityCases(_ group: String, _ records: [ActivityRecord], declared: JSONValue?) -> [Case] {
        var cases = records.map { record in
            var result = Case(group: group, name: record.name, duration: record.duration)
            switch record.status {
            case .failed, .aborted:
                (result.result, result.type) = (
                    .error, record.status == .failed ? "activity-failed" : "unexpected-error"
                )
                result.message = record.error ?? "failed"
                result.detail = Text.block(record.exception ?? "", limit: 4_096).text
            case .skipped: (result.result, result.type, result.message) = (.skipped, "dry-run", "left out by a dry run")
            case .succeeded: break
            }
            return result
        }
        // A reference has the name of what it refers to in the journal, but not in the document.
        let names = (declared?.arrayValue ?? []).map { Text.line($0["name"] ?? $0["ref"]) }
        for name in names.dropFirst(records.count) {
            cases.append(
                Case(
                    group: group, name: name.isEmpty ? "(no name)" : name, result: .skipped, type: "not-run",
                    message: "was not run"))
        }
        return cases
    }

    private func targetCase(_ target: HitTarget) -> Case {
        var result = Case(group: "targets", name: "\(target.activity): \(target.id) is not left broken")
        if target.isOpen {
            (result.result, result.type) = (.failure, "still-broken")
            result.message = "\(target.words)\(target.reason.isEmpty ? "" : ": \(target.reason)")"
        }
        return result
    }

    // MARK: Writing

    func write(_ xml: inout XML) {
        func count(_ result: Case.Result) -> String { String(cases.count { $0.result == result }) }
        // Ant's schema wants a time without a zone.
        let timestamp = String((run.start ?? Timestamp(microseconds: 0)).iso8601(fractionDigits: 0).dropLast())
        let host = Text.line(run.journal["node"], limit: 100)
        xml.open(
            "testsuite",
            [
                "name": run.title, "package": "experiments", "id": String(id), "timestamp": timestamp,
                "hostname": host.isEmpty ? "unknown" : host, "tests": String(cases.count), "failures": count(.failure),
                "errors": count(.error), "skipped": count(.skipped), "time": Self.seconds(run.duration),
            ])
        xml.open("properties")
        let score = ResilienceScore(of: run).map { Text.fixed($0.value * 100, digits: 1) }
        for (name, value) in [
            ("outcome", run.outcome.rawValue), ("conclusive", String(run.isConclusive)), ("score", score ?? ""),
        ] {
            xml.empty("property", ["name": name, "value": value])
        }
        xml.close("properties")
        for test in cases { write(test, &xml) }
        xml.element("system-out", [:], "")
        xml.element("system-err", [:], "")
        xml.close("testsuite")
    }

    private func write(_ test: Case, _ xml: inout XML) {
        xml.open(
            "testcase",
            ["classname": "\(run.title).\(test.group)", "name": test.name, "time": Self.seconds(test.duration)])
        switch test.result {
        case .passed: break
        case .failure: xml.element("failure", ["type": test.type, "message": test.message], test.detail)
        case .error: xml.element("error", ["type": test.type, "message": test.message], test.detail)
        case .skipped: xml.empty("skipped", ["message": test.message])
        }
        xml.close("testcase")
    }

    private static func seconds(_ duration: Double?) -> String { Text.fixed(duration ?? 0, digits: 3) }
}

/// Writes XML 1.0.
private struct XML {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

    mutating func open(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:]) {
        start(name, attributes)
        text += ">\n"
    }

    mutating func close(_ name: StaticString) { text += "</\(name)>\n" }

    mutating func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>, _ content: String) {
        start(name, attributes)
        text += ">"
        escape(content, inAttribute: false)
        text += "</\(name)>\n"
    }

    mutating func empty(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        start(name, attributes)
        text += "/>\n"
    }

    private mutating func start(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        text += "<\(name)"
        for (name, value) in attributes {
            text += " \(name)=\""
            escape(value, inAttribute: true)
            text += "\""
        }
    }

    /// Escapes what would be markup, and leaves out the characters that XML 1.0 does not have.
    private mutating func escape(_ content: String, inAttribute: Bool) {
        for scalar in content.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"" where inAttribute: text += "&quot;"
            case "\n" where inAttribute: text += "&#10;"
            case "\t", "\n": text.unicodeScalars.append(scalar)
            case "\u{00}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": continue
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
