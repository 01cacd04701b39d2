/// A surprise of Chaos Toolkit that Tocsin follows, so that no verdict changes by moving, unless `--strict` is given.
///
/// The one list of them: validation, runs, `--help` and the documentation read it.
public struct StrictRule: Sendable, Hashable {
    /// When strictness acts.
    public enum Stage: String, Sendable {
        /// The document is refused.
        case validation
        /// The run goes another way.
        case run
    }

    /// Its name, for messages: `activity-timeout`.
    public let name: String
    /// When strictness acts.
    public let stage: Stage
    /// What Chaos Toolkit does, and Tocsin without `--strict`.
    public let usual: String
    /// What `--strict` does.
    public let strict: String

    private init(_ name: String, _ stage: Stage, _ usual: String, strict: String) {
        self.name = name
        self.stage = stage
        self.usual = usual
        self.strict = strict
    }

    /// All of them, in the order of the list that people read.
    public static let all = [
        activityTimeout, expectedStatus, pairOnStatus, neverMet, alwaysMet, missingTarget, unknownReference,
        unknownStrategy, activityDry, ignoredKey, wrongShape, duplicateKey, baselineNotMet, failedRollbacks,
        runtimeHalf,
        variableFileScopes, unforeseenError, jsonParameters, invalidJSONBody, defaultCharset, exactBoundaries,
    ]
}

extension StrictRule {
    /// The list for a terminal: what happens usually, and behind an arrow what happens with `--strict`.
    public static var text: String {
        all.map { "\($0.name): \($0.usual)\n    -> \($0.strict)\n" }.joined()
    }

    /// The list as a table of Markdown.
    public static var markdown: String {
        let rows = all.map { "| `\($0.name)` | \($0.usual) | \($0.strict) |\n" }
        return "| rule | usual | with `--strict` |\n| --- | --- | --- |\n" + rows.joined()
    }

    /// `timeout` of an activity.
    public static let activityTimeout = StrictRule(
        "activity-timeout", .validation, "timeout beside an activity's provider has no effect",
        strict: "refused: it belongs into the provider")
    /// `expected_status` of an HTTP provider.
    public static let expectedStatus = StrictRule(
        "expected-status", .validation, "expected_status has no effect, whatever the status is",
        strict: "refused: a tolerance checks the status")
    /// A list of two on an output with a status.
    public static let pairOnStatus = StrictRule(
        "pair-on-status", .validation,
        "[200, 299] on a process or an HTTP call means 200 or 299, and a range on any other output",
        strict: "refused: write {type: range, range: [200, 299], target: status}")
    /// A text or boolean on an output that is an object.
    public static let neverMet = StrictRule(
        "never-met", .validation,
        "a text or boolean is compared with the whole output of a process or HTTP call, "
            + "which never equals it",
        strict: "refused")
    /// A probe as a tolerance whose output is an object.
    public static let alwaysMet = StrictRule(
        "always-met", .validation, "a tolerance that is a process or an HTTP call is met whatever it answers",
        strict: "refused")
    /// A regular expression or range on a whole object.
    public static let missingTarget = StrictRule(
        "missing-target", .validation,
        "a regex or range tolerance without target on a process or an HTTP call ends the run",
        strict: "refused: write target: status, stdout, stderr or body")
    /// A `ref` that nothing has the name of.
    public static let unknownReference = StrictRule(
        "unknown-reference", .validation,
        "an unknown ref in the hypothesis or the rollbacks is found only by the run, which it ends",
        strict: "refused, as in the method")
    /// A strategy that does not exist.
    public static let unknownStrategy = StrictRule(
        "unknown-strategy", .validation,
        "with an unknown strategy of the hypothesis nothing runs, with one of the rollbacks they are never played",
        strict: "refused")
    /// `dry` of an activity.
    public static let activityDry = StrictRule(
        "activity-dry", .validation, "dry beside an activity takes it out of a dry run: it is really done",
        strict: "refused")
    /// A key that has no effect where it stands.
    public static let ignoredKey = StrictRule(
        "ignored-key", .validation, "some keys have no effect where they stand, such as a tolerance in the method",
        strict: "refused")
    /// A value of the wrong kind that only the run finds.
    public static let wrongShape = StrictRule(
        "wrong-shape", .validation, "arguments, timeouts and pauses of a wrong kind are found by the run, which aborts",
        strict: "refused")
    /// The same key twice.
    public static let duplicateKey = StrictRule(
        "duplicate-key", .validation, "of a key that stands twice, the last one counts", strict: "refused")
    /// The hypothesis is not met before the method.
    public static let baselineNotMet = StrictRule(
        "baseline-not-met", .run,
        "a hypothesis that is not met at the start ends the run with status 0, after the rollbacks",
        strict: "the run has failed: exit status 1")
    /// A run that has failed.
    public static let failedRollbacks = StrictRule(
        "failed-rollbacks", .run,
        "by default the rollbacks are not played when a probe of the hypothesis cannot be executed, or after --fail-fast",
        strict: "they are played")
    /// One of the two strategies in `runtime`.
    public static let runtimeHalf = StrictRule(
        "runtime-half", .run, "runtime with one strategy sets the other one back to default, whatever the settings say",
        strict: "the other one is that of the settings")
    /// `--var-file` with secrets.
    public static let variableFileScopes = StrictRule(
        "var-file-scopes", .run, "a scope of secrets in a --var-file replaces the whole scope",
        strict: "only the keys in the file are replaced")
    /// The record of an activity that aborts the run.
    public static let unforeseenError = StrictRule(
        "unforeseen-error", .run, "an activity that ends the run by an unforeseen error has no status in the journal",
        strict: "its status is failed")
    /// `application/json; charset=utf-8`.
    public static let jsonParameters = StrictRule(
        "json-parameters", .run, "an HTTP answer of type application/json with a charset is a text",
        strict: "it is parsed")
    /// An answer that says it is JSON and is not.
    public static let invalidJSONBody = StrictRule(
        "invalid-json-body", .run, "an HTTP answer that claims to be JSON and is not aborts the run",
        strict: "the activity has failed")
    /// An answer without a charset.
    public static let defaultCharset = StrictRule(
        "default-charset", .run, "an HTTP answer of a text type without a charset is read as ISO 8859-1",
        strict: "it is read as UTF-8 where it is UTF-8")
    /// Ranges with fractions.
    public static let exactBoundaries = StrictRule(
        "exact-boundaries", .run, "the bounds of a range are binary numbers: the text \"0.7\" is outside of [0, 0.7]",
        strict: "they are compared as they are written")
}
