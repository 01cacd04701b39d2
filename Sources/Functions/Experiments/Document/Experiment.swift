public import JSON

/// A chaos experiment, as its document declares it.
///
/// What is substituted at run time (titles, arguments, pauses …) stays JSON until then.
public struct Experiment: Sendable {
    /// The whole document; the journal carries a copy.
    public var document: JSONObject
    /// The hypothesis on the steady state; nil when the document has none.
    public var hypothesis: Hypothesis?
    /// What is done, in order.
    public var method: [Activity]
    /// What puts the system back, in order.
    public var rollbacks: [Activity]
    /// The controls that apply at every level.
    public var controls: [ControlDeclaration]
    /// The text that the document was read from, for the lines in messages; nil for what was made by a program.
    public var source: SourceDocument?

    /// An experiment of these parts.
    public init(
        document: JSONObject, hypothesis: Hypothesis? = nil, method: [Activity] = [], rollbacks: [Activity] = [],
        controls: [ControlDeclaration] = []
    ) {
        self.document = document
        self.hypothesis = hypothesis
        self.method = method
        self.rollbacks = rollbacks
        self.controls = controls
    }

    /// The configuration before it is resolved.
    public var configuration: JSONObject { document["configuration"]?.objectValue ?? [:] }
    /// The secrets before they are resolved.
    public var secrets: JSONObject { document["secrets"]?.objectValue ?? [:] }
}

/// What must be true of a healthy system.
public struct Hypothesis: Sendable {
    /// As it stands in the document.
    public var declaration: JSONObject
    /// The probes, each with a tolerance.
    public var probes: [Activity]
    /// The controls that apply to the hypothesis.
    public var controls: [ControlDeclaration]

    /// A hypothesis of these parts.
    public init(declaration: JSONObject, probes: [Activity], controls: [ControlDeclaration] = []) {
        self.declaration = declaration
        self.probes = probes
        self.controls = controls
    }
}

/// An action or a probe.
public struct Activity: Sendable {
    /// The two kinds of activity.
    public enum Kind: String, Sendable {
        /// Changes something.
        case action
        /// Reads something.
        case probe
    }

    /// As it stands in the document, the referenced activity for a `ref`; the journal has a copy.
    public var declaration: JSONObject
    /// Whether it runs beside those that follow; a reference does not inherit it.
    public var isBackground: Bool
    /// The controls that apply to this activity.
    public var controls: [ControlDeclaration]
    /// What a probe of the hypothesis must return; nil elsewhere.
    ///
    /// A reference does not inherit it.
    public var tolerance: JSONValue?
    /// The line in the file, from 1; nil for what is in no file.
    public var line: Int?
    /// The name in `ref` that no activity has; nil when the activity is known.
    public var unknownReference: String?

    /// An activity of these parts, with the tolerance of its declaration.
    public init(
        declaration: JSONObject, isBackground: Bool = false, controls: [ControlDeclaration] = [], line: Int? = nil,
        unknownReference: String? = nil
    ) {
        self.declaration = declaration
        self.isBackground = isBackground
        self.controls = controls
        tolerance = declaration["tolerance"]
        self.line = line
        self.unknownReference = unknownReference
    }

    /// Action or probe; probe when a document that was not validated says neither.
    public var kind: Kind { declaration["type"] == "action" ? .action : .probe }
    /// The name; its JSON text when it is no text.
    public var name: String { declaration["name"].map { $0.stringValue ?? $0.description } ?? "" }
    /// The provider's settings.
    public var provider: JSONObject { declaration["provider"]?.objectValue ?? [:] }
}

/// A control as a document, a settings file or a control file declares it.
public struct ControlDeclaration: Sendable {
    /// As it stands there.
    public var declaration: JSONObject

    /// A control.
    public init(declaration: JSONObject) { self.declaration = declaration }

    /// The name.
    public var name: String { declaration["name"]?.stringValue ?? "" }
    /// Whether it applies to everything below the place of its declaration.
    public var isAutomatic: Bool { declaration["automatic"]?.boolValue ?? true }
}
