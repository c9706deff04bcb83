//! The connections of this library, as what carries requests to a registry.

use std::error::Error;
use std::time::Duration;

use tuf_oci::registry::{Payload, Transport};
use tuf_transport::Location;
use ureq::Body;
use ureq::http::header::{ACCEPT_ENCODING, HeaderValue};
use ureq::http::{Request, Response};

use crate::source::SourceError;
use crate::source::http::agents::{Agents, LONGEST};
use crate::source::http::failure;
use crate::source::url::without_secrets;

impl Transport for Agents {
    /// The error is a [`SourceError`].
    fn send(
        &self,
        mut request: Request<()>,
        payload: Payload<'_>,
        deadline: Option<Duration>,
    ) -> Result<Response<Body>, Box<dyn Error + Send + Sync>> {
        let location =
            Location::parse(&request.uri().to_string()).map_err(|error| SourceError::Unusable {
                location: without_secrets(&request.uri().to_string()),
                reason: error.to_string(),
            })?;
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let agent = self.agent_for(&location);
        let deadline = deadline.map(|deadline| deadline.min(LONGEST));
        let response = payload.send(agent, request, deadline).map_err(|error| {
            let proxy = agent.config().proxy().map(|proxy| without_secrets(&proxy.uri().to_string()));
            failure::request(&location, proxy.as_deref(), error, &self.limits)
        })?;
        failure::transfer_coding(&location, response.headers())?;
        Ok(response)
    }
}
