public import Basics
public import JSON

extension Experiment {
    /// Reads an experiment, valid or not: what it says wrongly shows when it is validated or run.
    /// - Throws: `notReadable` for what is neither YAML nor JSON; `invalid` for what is no mapping.
    public init(parsing bytes: [UInt8], format: SourceDocument.Format, name: String) throws(ExperimentError) {
        try self.init(SourceDocument(parsing: bytes, format: format, name: name))
    }

    /// An experiment, valid or not, from its document.
    /// - Throws: `invalid` when the document is no mapping, or empty.
    public init(_ source: SourceDocument) throws(ExperimentError) {
        guard let document = source.value.objectValue, !document.isEmpty else {
            let found =
                switch source.value {
                case .array: "a list"
                case let value: value.isTruthy ? "a \(value.kindName)" : "nothing"
                }
            throw ExperimentError(
                .invalid,
                "\(source.name): an experiment is a mapping with title, description and method, but there is \(found)")
        }
        self.init(reading: document, source: source)
    }

    /// The experiment that a document declares, with every `ref` replaced by what it refers to.
    ///
    /// What is of a wrong kind is left out, or has nothing in it.
    /// - Parameter source: tells the lines.
    public init(reading document: JSONObject, source: SourceDocument? = nil) {
        let reader = ExperimentReader(document, source)
        self.init(
            document: document, hypothesis: reader.hypothesis(),
            method: reader.activities(document["method"], at: DocumentPath("method")),
            rollbacks: reader.activities(document["rollbacks"], at: DocumentPath("rollbacks")),
            controls: reader.controls(document["controls"]))
        self.source = source
    }
}

/// Reads the parts of a document.
private struct ExperimentReader {
    let document: JSONObject
    let source: SourceDocument?
    /// What a `ref` may name: the activities of the method, then those of the hypothesis; of one name the last counts.
    let references: [String: JSONObject]

    init(_ document: JSONObject, _ source: SourceDocument?) {
        self.document = document
        self.source = source
        let probes = document["steady-state-hypothesis"]?["probes"]?.arrayValue ?? []
        var references: [String: JSONObject] = [:]
        for activity in (document["method"]?.arrayValue ?? []) + probes {
            guard let declaration = activity.objectValue, let name = declaration["name"]?.stringValue, !name.isEmpty
            else { continue }
            references[name] = declaration
        }
        self.references = references
    }

    func hypothesis() -> Hypothesis? {
        guard let declaration = document["steady-state-hypothesis"]?.objectValue, !declaration.isEmpty else {
            return nil
        }
        var probes = activities(declaration["probes"], at: DocumentPath("steady-state-hypothesis", "probes"))
        // The hypothesis does not know activities in the background.
        for index in probes.indices { probes[index].isBackground = false }
        return Hypothesis(declaration: declaration, probes: probes, controls: controls(declaration["controls"]))
    }

    func activities(_ list: JSONValue?, at path: DocumentPath) -> [Activity] {
        (list?.arrayValue ?? []).enumerated().map { index, value in
            activity(value.objectValue ?? [:], line: source?.position(of: path[index])?.line)
        }
    }

    /// The background and the tolerance are those of the place, everything else comes from what a `ref` names.
    private func activity(_ declaration: JSONObject, line: Int?) -> Activity {
        var resolved = declaration
        var unknownReference: String?
        if let reference = declaration["ref"], reference.isTruthy {
            let name = reference.stringValue ?? reference.description
            // A reference is not followed twice: Chaos Toolkit finds no type in what another reference refers to.
            if let referenced = references[name], referenced["ref"]?.isTruthy != true {
                resolved = referenced
            } else {
                unknownReference = name
            }
        }
        var activity = Activity(
            declaration: resolved, isBackground: declaration["background"]?.isTruthy ?? false,
            controls: controls(resolved["controls"]), line: line, unknownReference: unknownReference)
        activity.tolerance = declaration["tolerance"]
        return activity
    }

    func controls(_ list: JSONValue?) -> [ControlDeclaration] {
        (list?.arrayValue ?? []).compactMap(\.objectValue).map(ControlDeclaration.init(declaration:))
    }
}
