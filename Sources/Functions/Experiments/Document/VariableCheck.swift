import Basics
import JSON

extension DocumentCheck {
    /// The values that the experiment names, and those that it takes from the environment.
    mutating func configuration(_ value: JSONValue?) {
        let path = DocumentPath("configuration")
        guard let members = mapping(value, at: path, "write each value as name: value") else { return }
        for (name, value) in members {
            guard let members = value.objectValue, let type = members["type"] else { continue }
            if type == "env" {
                unknownKeys(members, at: path[name], known: KnownKeys.environmentVariable)
                variable(members, at: path[name])
            } else if type == "probe" {
                dynamic(members, at: path[name])
            }
        }
    }

    private mutating func variable(_ members: JSONObject, at path: DocumentPath) {
        guard let value = environmentValue(members, at: path, hasDefault: members["default"] != nil) else { return }
        guard let fault = ValueSyntax.variableFault(value, type: members["env_var_type"]) else { return }
        let isType = fault.hasPrefix("the type")
        // The value itself could be a secret.
        error(
            path[isType ? "env_var_type" : "key"], isType ? fault : "the value of the variable or its default \(fault)")
    }

    /// - Returns: the variable's value, or the default; nil after an error.
    private mutating func environmentValue(
        _ members: JSONObject, at path: DocumentPath, hasDefault: Bool
    ) -> JSONValue? {
        guard let key = members["key"] else {
            error(path["key"], "is missing", hint: "the name of an environment variable")
            return nil
        }
        guard let name = key.stringValue else {
            error(path["key"], "must be the name of an environment variable, not \(key.inMessage)")
            return nil
        }
        if let value = options.environment[name] { return .string(value) }
        guard hasDefault else {
            error(path["key"], "the environment variable \(name) is not set", hint: "set it, or write a default")
            return nil
        }
        return members["default"] ?? .null
    }

    /// A value that a probe finds before the run; when it is wrong, the run goes without it.
    private mutating func dynamic(_ members: JSONObject, at path: DocumentPath) {
        guard members["provider"]?["type"]?.stringValue == nil else { return }
        surprise(.wrongShape, path["provider"], "a probe needs a provider with a type: the run ends here")
    }

    /// Secrets by scope.
    mutating func secrets(_ value: JSONValue?) {
        let path = DocumentPath("secrets")
        guard let scopes = mapping(value, at: path, "write scopes, each with its secrets") else { return }
        for (name, scope) in scopes {
            // Chaos Toolkit reads the members of every scope.
            guard let members = mapping(scope, at: path[name], "a scope has secrets by their names") else { continue }
            if members["type"] == "env" {
                warning(
                    path[name], "is a value and no scope, so that nothing can name it",
                    hint: "put it into a scope, under a name")
            }
            secret(members, at: path[name])
        }
    }

    private mutating func secret(_ members: JSONObject, at path: DocumentPath) {
        switch members["type"] {
        case "env": _ = environmentValue(members, at: path, hasDefault: false)
        case "vault":
            unknownKeys(members, at: path, known: KnownKeys.vault)
            if members["path"] == nil {
                warning(
                    path, members["key"] == nil ? "has no path in Vault" : "a key without a path is deprecated",
                    hint: "write path for the place, and key for one value in it")
            }
        default:
            for (name, value) in members {
                if let inner = value.objectValue { secret(inner, at: path[name]) }
            }
        }
    }
}
