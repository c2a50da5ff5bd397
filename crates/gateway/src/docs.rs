//! The pages about error codes, served so that the link in every problem leads somewhere on every gateway.

use crate::refusal::{self, Refusal};
use axum::extract::RawPathParams;
use axum::http::header;
use axum::response::IntoResponse;
use model::Code;

/// One for each code; a test compares it with the codes and with the directory.
pub const PAGES: &[(Code, &str)] = &[
    (Code::MalformedBody, include_str!("../../../docs/errors/RS-1001.md")),
    (Code::UnknownField, include_str!("../../../docs/errors/RS-1002.md")),
    (Code::InvalidField, include_str!("../../../docs/errors/RS-1003.md")),
    (Code::UnsupportedMediaType, include_str!("../../../docs/errors/RS-1004.md")),
    (Code::BodyTooLarge, include_str!("../../../docs/errors/RS-1005.md")),
    (Code::IdempotencyConflict, include_str!("../../../docs/errors/RS-1006.md")),
    (Code::InvalidQuery, include_str!("../../../docs/errors/RS-1007.md")),
    (Code::NotFound, include_str!("../../../docs/errors/RS-1008.md")),
    (Code::MethodNotAllowed, include_str!("../../../docs/errors/RS-1009.md")),
    (Code::WrongHost, include_str!("../../../docs/errors/RS-1010.md")),
    (Code::WrongOrigin, include_str!("../../../docs/errors/RS-1011.md")),
    (Code::TooManyRequests, include_str!("../../../docs/errors/RS-1012.md")),
    (Code::StateConflict, include_str!("../../../docs/errors/RS-1013.md")),
    (Code::RequestTimeout, include_str!("../../../docs/errors/RS-1014.md")),
    (Code::NotSignedIn, include_str!("../../../docs/errors/RS-2001.md")),
    (Code::BadCredential, include_str!("../../../docs/errors/RS-2002.md")),
    (Code::Forbidden, include_str!("../../../docs/errors/RS-2003.md")),
    (Code::SessionOver, include_str!("../../../docs/errors/RS-2004.md")),
    (Code::CodeRefused, include_str!("../../../docs/errors/RS-2005.md")),
    (Code::IssuerUnreachable, include_str!("../../../docs/errors/RS-2006.md")),
    (Code::SignInRefused, include_str!("../../../docs/errors/RS-2007.md")),
    (Code::SignInNeeded, include_str!("../../../docs/errors/RS-2010.md")),
    (Code::TermsNotAccepted, include_str!("../../../docs/errors/RS-2011.md")),
    (Code::NotAMember, include_str!("../../../docs/errors/RS-2012.md")),
    (Code::TokenDenied, include_str!("../../../docs/errors/RS-2013.md")),
    (Code::CredentialRevoked, include_str!("../../../docs/errors/RS-2014.md")),
    (Code::NoOffer, include_str!("../../../docs/errors/RS-3001.md")),
    (Code::KindNotStarted, include_str!("../../../docs/errors/RS-3002.md")),
    (Code::OverQuota, include_str!("../../../docs/errors/RS-3004.md")),
    (Code::SiteRefused, include_str!("../../../docs/errors/RS-3010.md")),
    (Code::SiteUnreachable, include_str!("../../../docs/errors/RS-3011.md")),
    (Code::InputUnreachable, include_str!("../../../docs/errors/RS-4001.md")),
    (Code::ChecksumMismatch, include_str!("../../../docs/errors/RS-4002.md")),
    (Code::InputRefused, include_str!("../../../docs/errors/RS-4003.md")),
    (Code::InputMissing, include_str!("../../../docs/errors/RS-4004.md")),
    (Code::InputTooLarge, include_str!("../../../docs/errors/RS-4005.md")),
    (Code::UploadIncomplete, include_str!("../../../docs/errors/RS-4006.md")),
    (Code::UploadTooLarge, include_str!("../../../docs/errors/RS-4007.md")),
    (Code::FileNotAllowed, include_str!("../../../docs/errors/RS-4008.md")),
    (Code::WrongOffset, include_str!("../../../docs/errors/RS-4009.md")),
    (Code::CommandNotFound, include_str!("../../../docs/errors/RS-5001.md")),
    (Code::CommandFailed, include_str!("../../../docs/errors/RS-5002.md")),
    (Code::CommandKilled, include_str!("../../../docs/errors/RS-5003.md")),
    (Code::WalltimeExceeded, include_str!("../../../docs/errors/RS-5004.md")),
    (Code::MemoryExceeded, include_str!("../../../docs/errors/RS-5005.md")),
    (Code::Cancelled, include_str!("../../../docs/errors/RS-5006.md")),
    (Code::IsolationUnavailable, include_str!("../../../docs/errors/RS-5007.md")),
    (Code::PilotLost, include_str!("../../../docs/errors/RS-5008.md")),
    (Code::PilotSilent, include_str!("../../../docs/errors/RS-5009.md")),
    (Code::PredecessorFailed, include_str!("../../../docs/errors/RS-5010.md")),
    (Code::ProvisionFailed, include_str!("../../../docs/errors/RS-5011.md")),
    (Code::ExecutionFailed, include_str!("../../../docs/errors/RS-5012.md")),
    (Code::ElementsFailed, include_str!("../../../docs/errors/RS-5013.md")),
    (Code::ImageUnusable, include_str!("../../../docs/errors/RS-5014.md")),
    (Code::ContainerFailed, include_str!("../../../docs/errors/RS-5015.md")),
    (Code::DiskExceeded, include_str!("../../../docs/errors/RS-5016.md")),
    (Code::OutputMissing, include_str!("../../../docs/errors/RS-6001.md")),
    (Code::OutputRefused, include_str!("../../../docs/errors/RS-6002.md")),
    (Code::OutputTooLarge, include_str!("../../../docs/errors/RS-6003.md")),
    (Code::NotEndedYet, include_str!("../../../docs/errors/RS-6004.md")),
    (Code::CollectionFailed, include_str!("../../../docs/errors/RS-6005.md")),
    (Code::DatabaseUnavailable, include_str!("../../../docs/errors/RS-7001.md")),
    (Code::SchemaNewer, include_str!("../../../docs/errors/RS-7002.md")),
    (Code::DirectoryInUse, include_str!("../../../docs/errors/RS-7003.md")),
    (Code::NetworkFileSystem, include_str!("../../../docs/errors/RS-7004.md")),
    (Code::Internal, include_str!("../../../docs/errors/RS-7005.md")),
    (Code::ReleaseTrouble, include_str!("../../../docs/errors/RS-7006.md")),
    (Code::FlowParked, include_str!("../../../docs/errors/RS-7007.md")),
    (Code::ShuttingDown, include_str!("../../../docs/errors/RS-7008.md")),
    (Code::ClockWrong, include_str!("../../../docs/errors/RS-7009.md")),
    (Code::StorageFull, include_str!("../../../docs/errors/RS-7010.md")),
    (Code::DatabaseConflict, include_str!("../../../docs/errors/RS-7011.md")),
    (Code::EnrolmentRefused, include_str!("../../../docs/errors/RS-8001.md")),
    (Code::ProtocolMismatch, include_str!("../../../docs/errors/RS-8002.md")),
    (Code::ConfigurationInvalid, include_str!("../../../docs/errors/RS-9001.md")),
    (Code::GatewayUnreachable, include_str!("../../../docs/errors/RS-9002.md")),
    (Code::FileUnreadable, include_str!("../../../docs/errors/RS-9003.md")),
    (Code::UsageWrong, include_str!("../../../docs/errors/RS-9004.md")),
    (Code::AnswerNotUnderstood, include_str!("../../../docs/errors/RS-9005.md")),
    (Code::AgentRefused, include_str!("../../../docs/errors/RS-9006.md")),
];

pub(crate) async fn show(params: RawPathParams) -> Result<impl IntoResponse, Refusal> {
    let code: Option<Code> = params.iter().next().and_then(|(_, text)| text.trim_end_matches(".md").parse().ok());
    let page = PAGES.iter().find(|(known, _)| Some(*known) == code);
    let (_, text) = page.ok_or_else(refusal::nothing_here)?;
    // Plain text: browsers show it, where they would save Markdown.
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")], *text))
}
