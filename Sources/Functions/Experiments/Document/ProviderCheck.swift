import Basics
import JSON

extension DocumentCheck {
    /// What carries an activity out.
    mutating func provider(_ members: JSONObject, at path: DocumentPath, _ place: ActivityPlace) {
        let kinds = ["process", "http", "python"]
        guard let type = required("type", of: members, at: path, "use process, http or python") else { return }
        switch type {
        case "process": process(members, at: path, place)
        case "http": http(members, at: path)
        case "python": python(members, at: path)
        default:
            error(
                path["type"], "there is no provider of type \(type.inMessage)",
                hint: type.stringValue.flatMap(kinds.nearest).map { "did you mean \($0)?" }
                    ?? "use process, http or python")
        }
    }

    private mutating func process(_ members: JSONObject, at path: DocumentPath, _ place: ActivityPlace) {
        unknownKeys(members, at: path, known: KnownKeys.process)
        if let program = requiredText("path", of: members, at: path, "the program, such as kubectl"),
            executable(program, searchPath: options.environment["PATH"]) == nil
        {
            let hint: String? =
                if program.hasPrefix("~") { "write the whole path, ~ is not replaced" } else if program.contains("$") {
                    "write the path itself, variables are not replaced here"
                } else if program.contains(" ") { "write what follows the first space into arguments" } else { nil }
            error(path["path"], "there is no program \(JSONValue.string(program).inMessage) here", hint: hint)
        }
        switch members["arguments"] {
        case nil, .array?, .string?: break
        // A tolerance's probe gets the value in a mapping.
        case .object? where place == .tolerance: break
        case .object?:
            warning(path["arguments"], "a mapping of arguments is deprecated", hint: "write a list: it has an order")
        case let other?:
            surprise(
                .wrongShape, path["arguments"],
                "must be a list or a text, not \(other.inMessage): the activity aborts the run")
        }
        if let timeout = members["timeout"], !timeout.isNull, !timeout.isPythonNumber {
            surprise(
                .wrongShape, path["timeout"],
                "must be a number of seconds, not \(timeout.inMessage): the activity aborts the run",
                hint: timeout.isVariable ? "variables are not replaced here" : nil)
        }
        if members["secrets"] != nil {
            surprise(.ignoredKey, path["secrets"], "has no effect on a process", hint: "use ${name} in the arguments")
        }
    }

    private static let verbs = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"]

    private mutating func http(_ members: JSONObject, at path: DocumentPath) {
        unknownKeys(members, at: path, known: KnownKeys.http)
        if let url = required("url", of: members, at: path) {
            let text = url.stringValue ?? ""
            let start = text.prefix(8).lowercased()
            if !start.hasPrefix("http://"), !start.hasPrefix("https://"), !text.hasPrefix("$") {
                // Without the address, which may have a password in it.
                surprise(
                    .wrongShape, path["url"],
                    "must begin with http:// or https://, otherwise the activity aborts the run")
            }
        }
        if let method = members["method"] {
            if let verb = method.stringValue {
                if !Self.verbs.contains(verb.uppercased()) {
                    let meant = Self.verbs.nearest(to: verb.uppercased())
                    warning(path["method"], "\(verb) is no usual method", hint: meant.map { "did you mean \($0)?" })
                }
            } else {
                surprise(.wrongShape, path["method"], "must be a text, not \(method.inMessage)")
            }
        }
        headers(members["headers"], at: path["headers"])
        httpTimeout(members["timeout"], at: path["timeout"])
        if let retries = members["max_retries"], retries.intValue == nil {
            surprise(.wrongShape, path["max_retries"], "must be a whole number, not \(retries.inMessage)")
        }
        if members["expected_status"] != nil {
            surprise(
                .expectedStatus, path["expected_status"], "has no effect",
                hint: "check the status by a tolerance in the hypothesis")
        }
        if members["secrets"] != nil {
            surprise(.ignoredKey, path["secrets"], "has no effect on HTTP", hint: "use ${name} where it is needed")
        }
    }

    private mutating func headers(_ value: JSONValue?, at path: DocumentPath) {
        guard let value, value.isTruthy else { return }
        guard let headers = mapping(value, at: path, "such as {Accept: text/plain}") else { return }
        for (name, value) in headers where value.stringValue == nil && !value.isNull {
            surprise(
                .wrongShape, path[name], "must be a text, not \(value.inMessage): the activity aborts the run",
                hint: "put it into quotes")
        }
    }

    private mutating func httpTimeout(_ value: JSONValue?, at path: DocumentPath) {
        func isSeconds(_ value: JSONValue) -> Bool {
            value.isNull || value.isVariable || (value.doubleValue.map { $0 > 0 } ?? false)
        }
        switch value {
        case .array(let pair)? where pair.count == 2 && pair.allSatisfy(isSeconds): break
        case let value?:
            if !isSeconds(value) {
                surprise(
                    .wrongShape, path,
                    "must be a number of seconds above 0, or [connect, read], not \(value.inMessage): "
                        + "the activity aborts the run")
            }
        case nil: break
        }
    }
}

extension DocumentCheck {
    private mutating func python(_ members: JSONObject, at path: DocumentPath) {
        unknownKeys(members, at: path, known: KnownKeys.python)
        let module = requiredText("module", of: members, at: path, "such as chaosaws.ec2.actions")
        let function = requiredText("func", of: members, at: path, "such as stop_instances")
        scopes(members["secrets"], at: path["secrets"])
        guard let module, let function else { return }
        guard let activity = options.registry.activity(module: module, function: function) else {
            let hint = options.registry.hint(module: module, function: function)
            return options.registry.functions(ofModule: module) == nil
                ? error(path["module"], "there are no activities in \(module), and Python is not run", hint: hint)
                : error(path["func"], "\(module) has no activity \(function)", hint: hint)
        }
        let name = "\(module).\(function)"
        let arguments = members["arguments"] ?? [:]
        guard let arguments = mapping(arguments, at: path["arguments"], "write each argument as name: value") else {
            return
        }
        self.arguments(arguments, of: activity, name, at: path["arguments"])
    }

    private mutating func arguments(
        _ arguments: JSONObject, of activity: NativeActivity, _ name: String, at path: DocumentPath
    ) {
        // The engine gives these two to every function, whatever the document says.
        let known = activity.arguments.map(\.name)
        for key in arguments.keys where !known.contains(key) && key != "configuration" && key != "secrets" {
            let meant = known.filter { arguments[$0] == nil }.nearest(to: key)
            let all = known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))"
            error(
                path[key], "\(name) has no argument \(key)", hint: meant.map { "did you mean \($0)?" } ?? all,
                atKey: true)
        }
        for argument in activity.arguments {
            guard let value = arguments[argument.name] else {
                if argument.fallback == nil { error(path[argument.name], "is missing: \(name) needs it") }
                continue
            }
            if !argument.accepts(value) {
                error(
                    path[argument.name],
                    "\(name) takes \(argument.kind.words) here, and \(value.inMessage) is none")
            }
        }
    }

    private mutating func scopes(_ value: JSONValue?, at path: DocumentPath) {
        guard let value else { return }
        guard let scopes = value.arrayValue, scopes.allSatisfy({ $0.stringValue != nil }) else {
            return surprise(.wrongShape, path, "must be a list of scopes of the secrets, not \(value.inMessage)")
        }
        let known = source.value["secrets"]?.objectValue?.keys ?? []
        for (index, scope) in scopes.enumerated() {
            guard let scope = scope.stringValue, !known.contains(scope) else { continue }
            warning(
                path[index], "the secrets have no scope \(scope)",
                hint: known.nearest(to: scope).map { "did you mean \($0)?" })
        }
    }
}

extension NativeActivity.Argument {
    /// Whether a value, as the document has it, can be right; what a variable stands for shows when it runs.
    func accepts(_ value: JSONValue) -> Bool {
        if value.isVariable { return true }
        if value.isNull { return fallback != nil || kind == .any }
        return switch kind {
        case .text: value.stringValue != nil
        case .integer: value.intValue != nil
        case .number: value.doubleValue != nil
        case .flag: value.boolValue != nil
        case .list: value.arrayValue != nil
        case .object: value.objectValue != nil
        case .any: true
        }
    }
}
