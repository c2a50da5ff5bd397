//! Every error a person can meet has one code, one page in `docs/errors/`, and one meaning for ever.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($number:literal $name:ident $status:literal $title:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($name,)* }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            pub fn number(self) -> u16 {
                match self { $(Code::$name => $number,)* }
            }

            /// The HTTP status when this is the answer to a request.
            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }

            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }
        }
    };
}

codes! {
    // 1xxx: the request itself.
    1001 MalformedBody 400 "The request cannot be read";
    1002 UnknownField 422 "The request has a field that does not exist";
    1003 InvalidField 422 "A field of the request is wrong";
    1004 UnsupportedMediaType 415 "The request is of a type that is not understood here";
    1005 BodyTooLarge 413 "The request is too large";
    1006 IdempotencyConflict 409 "This idempotency key was used for another request";
    1007 InvalidQuery 400 "A query parameter is wrong";
    1008 NotFound 404 "There is no such thing, or not for you";
    1009 MethodNotAllowed 405 "This cannot be done with this address";
    1010 WrongHost 421 "The request was meant for another host";
    1011 WrongOrigin 403 "The request came from a foreign web page";
    1012 TooManyRequests 429 "Too many requests at once";
    1013 StateConflict 409 "This cannot be done in its present state";
    1014 RequestTimeout 408 "The request took too long to arrive";
    // 2xxx: who is calling.
    2001 NotSignedIn 401 "You are not signed in";
    2002 BadCredential 401 "The token is not valid";
    2003 Forbidden 403 "You may not do this";
    2004 SessionOver 401 "You are signed out";
    2005 CodeRefused 401 "The sign-in code is not valid";
    2006 IssuerUnreachable 503 "The login service cannot be asked";
    2007 SignInRefused 403 "The sign-in was not completed";
    2010 SignInNeeded 409 "You have to sign in again before this can go on";
    2011 TermsNotAccepted 403 "The terms of use are not accepted yet";
    2012 NotAMember 403 "This is for members of a community or a team";
    2013 TokenDenied 502 "The login service gives no token for this";
    2014 CredentialRevoked 403 "The run's credential was revoked";
    // 3xxx: planning.
    3001 NoOffer 422 "No place can run this as asked";
    3004 OverQuota 422 "The run is larger than a quota allows";
    3010 SiteRefused 403 "The site does not let you in";
    3011 SiteUnreachable 503 "The site does not answer";
    // 4xxx: inputs.
    4001 InputUnreachable 502 "An input could not be fetched";
    4002 ChecksumMismatch 422 "The bytes are not the ones that were announced";
    4003 InputRefused 422 "An input is at an address that must not be fetched";
    4004 InputMissing 422 "An input does not exist";
    4005 InputTooLarge 413 "An input is larger than allowed";
    4006 UploadIncomplete 409 "An upload is not complete";
    4007 UploadTooLarge 413 "An upload is larger than allowed";
    4008 FileNotAllowed 403 "This file must not be read by the gateway";
    4009 WrongOffset 409 "The upload continues at another offset";
    // 5xxx: execution.
    5001 CommandNotFound 422 "The command was not found";
    5002 CommandFailed 422 "The command ended with an error";
    5003 CommandKilled 422 "The command was ended by a signal";
    5004 WalltimeExceeded 422 "The command took longer than its walltime";
    5005 MemoryExceeded 422 "The command needed more memory than it asked for";
    5006 Cancelled 409 "The run was cancelled";
    5007 IsolationUnavailable 503 "The command cannot be confined here";
    5008 PilotLost 503 "The work was lost with its pilot";
    5009 PilotSilent 503 "The pilot never reported";
    5010 PredecessorFailed 422 "A run that this one waits for did not succeed";
    5011 ProvisionFailed 503 "The place to run could not be made ready";
    5012 ExecutionFailed 503 "The command could not be started";
    5013 ElementsFailed 422 "Some elements of the array failed";
    5014 ImageUnusable 422 "The container image cannot be used";
    5015 ContainerFailed 503 "The container could not be started";
    5016 DiskExceeded 422 "The command needed more disk than it asked for";
    5017 NoRoom 503 "The site has no room for it now";
    5018 MachineRejected 422 "The site does not make this machine";
    5019 MachineLost 503 "The machine is not there any more";
    5020 MachineBroken 503 "The machine did not start";
    5021 NothingLeft 503 "No place is left to try";
    5022 NoSuchAddress 422 "The machine cannot have such an address";
    5023 NotThisSize 422 "The machine cannot have this size";
    5024 NoSuchVolume 422 "The machine cannot have such a volume";
    // 6xxx: outputs.
    6001 OutputMissing 422 "An output that was asked for does not exist";
    6002 OutputRefused 422 "An output must not be collected";
    6003 OutputTooLarge 422 "The outputs are larger than allowed";
    6004 NotEndedYet 409 "The run has not ended yet";
    6005 CollectionFailed 503 "The results could not be brought back";
    // 7xxx: the gateway.
    7001 DatabaseUnavailable 503 "The database does not answer";
    7002 SchemaNewer 503 "The database was made by a newer version";
    7003 DirectoryInUse 503 "Another gateway uses this directory";
    7004 NetworkFileSystem 503 "The database cannot live on a network file system";
    7005 Internal 500 "Something went wrong in the gateway";
    7006 ReleaseTrouble 503 "Something of the run could not be released";
    7007 FlowParked 503 "Work waits for a gateway of another version";
    7008 ShuttingDown 503 "The gateway is stopping";
    7009 ClockWrong 503 "The clock of the gateway and of the database disagree";
    7010 StorageFull 507 "The disk is full";
    7011 DatabaseConflict 503 "Others were changing the same thing";
    // 8xxx: pilots.
    8001 EnrolmentRefused 401 "The pilot is not expected";
    8002 ProtocolMismatch 400 "The pilot speaks another version of the protocol";
    // 9xxx: command line and configuration.
    9001 ConfigurationInvalid 500 "The configuration is wrong";
    9002 GatewayUnreachable 503 "The gateway does not answer";
    9003 FileUnreadable 400 "A file cannot be read";
    9004 UsageWrong 400 "The command was used wrongly";
    9005 AnswerNotUnderstood 502 "The gateway answered something that is not understood";
    9006 AgentRefused 503 "oidc-agent gave no token";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RS-{}", self.number())
    }
}

impl std::str::FromStr for Code {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("RS-").or_else(|| text.strip_prefix("rs-")).unwrap_or(text);
        let number: Option<u16> = digits.parse().ok();
        Code::ALL.iter().copied().find(|code| Some(code.number()) == number).ok_or_else(|| format!("there is no code `{text}`"))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Code {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("A stable error code; each has a page in the documentation"))
            .pattern(Some("^RS-[0-9]{4}$"))
            .into()
    }
}

impl utoipa::ToSchema for Code {}
