public import Basics
public import JSON

/// What is wanted: values of settings, by component.
public struct AdjustmentRequest: Sendable, Hashable, Codable {
    /// The wanted values of one component.
    public struct Component: Sendable, Hashable, Codable {
        /// The component's name in the configuration.
        public var name: String
        /// What is wanted of it, in the order of the input.
        public var settings: [Setting]

        /// A component.
        public init(_ name: String, _ settings: [Setting]) { (self.name, self.settings) = (name, settings) }
    }

    /// A setting, such as `cpu`, `mem`, `replicas` or the name of a variable, with its value.
    public struct Setting: Sendable, Hashable, Codable {
        /// The setting's name.
        public var name: String
        /// A number, a text, or true or false.
        public var value: JSONValue

        /// A setting.
        public init(_ name: String, _ value: JSONValue) { (self.name, self.value) = (name, value) }
    }

    /// Those of which something is wanted, in the order of the input.
    public var components: [Component]

    /// A request.
    public init(components: [Component]) { self.components = components }

    /// Reads `{"application": {"components": {"web": {"settings": {"cpu": {"value": 0.5}}}}}}`.
    ///
    /// A component without settings is left out, as the original does. A value may also stand for itself: `"cpu": 0.5`.
    /// Everything else in the input, such as `control`, is not looked at.
    /// - Throws: ``AdjusterError`` `invalidInput` with everything that is wrong.
    public init(_ json: JSONValue) throws(AdjusterError) {
        guard json.isTruthy else { throw AdjusterError(.invalidInput, "Received no settings to adjust.") }
        var reader = RequestReader()
        components = reader.components(json)
        guard reader.faults.isEmpty else {
            throw AdjusterError(.invalidInput, "the input is wrong: \(reader.faults.joined(separator: "; "))")
        }
    }
}

/// Reads a request, and keeps what is wrong with it.
private struct RequestReader {
    var faults: [String] = []

    mutating func components(_ json: JSONValue) -> [AdjustmentRequest.Component] {
        guard let application = object(json["application"], "application", in: json),
            let components = object(application["components"], "application.components", in: .object(application))
        else { return [] }
        return components.compactMap { name, component in
            let path = "application.components.\(name)"
            guard component.isTruthy else { return nil }
            guard let members = component.objectValue else {
                faults.append("\(path) is \(component.describedKind), expected {\"settings\": {…}}")
                return nil
            }
            guard let settings = members["settings"], settings.isTruthy else { return nil }
            guard let settings = settings.objectValue else {
                faults.append("\(path).settings is \(settings.describedKind), expected {\"cpu\": {\"value\": 0.5}, …}")
                return nil
            }
            return AdjustmentRequest.Component(name, settings.compactMap { setting($0.key, $0.value, in: path) })
        }
    }

    private mutating func object(_ value: JSONValue?, _ path: String, in parent: JSONValue) -> JSONObject? {
        if let object = value?.objectValue { return object }
        let shape = "{\"application\": {\"components\": {…}}}"
        if let value {
            faults.append("\(path) is \(value.describedKind), expected an object, as in \(shape)")
        } else if let members = parent.objectValue {
            let last = path.split(separator: ".").last.map { String($0) } ?? path
            let meant = members.keys.nearest(to: last).map { "; did you mean \($0)?" } ?? ""
            faults.append("\(path) is missing, expected \(shape)\(meant)")
        } else {
            faults.append("it is \(parent.describedKind), expected \(shape)")
        }
        return nil
    }

    private mutating func setting(
        _ name: String, _ given: JSONValue, in component: String
    ) -> AdjustmentRequest.Setting? {
        let path = "\(component).settings.\(name)"
        var value = given
        if let members = given.objectValue {
            guard let member = members["value"] else {
                faults.append("\(path) has no value, expected {\"value\": …}")
                return nil
            }
            value = member
        }
        switch value {
        case .bool, .integer, .unsigned, .double, .string: return AdjustmentRequest.Setting(name, value)
        case .null:
            faults.append("the value of \(path) is null: leave the setting out to keep what it is")
        case .array, .object:
            faults.append("the value of \(path) is \(value.describedKind), expected a number or a text")
        }
        return nil
    }
}

extension JSONValue {
    /// With an article, for messages.
    fileprivate var describedKind: String {
        switch self {
        case .null: "null"
        case .array, .object: "an \(kindName)"
        default: "a \(kindName)"
        }
    }
}
