use super::Sandbox;
use crate::engine::{ApiError, Json, Peek};

/// Where banks act on financial accounts of test mode.
const HELPERS: &str = "/v1/test_helpers/treasury";

impl Sandbox {
    /// A financial account, to which a test does what others with bank accounts do.
    pub fn financial_account(&self, id: impl AsRef<str>) -> FinancialAccountHandle {
        FinancialAccountHandle { sandbox: self.clone(), id: id.as_ref().to_owned() }
    }

    /// What banks do with outbound payments and outbound transfers.
    pub fn outbound_flows(&self) -> OutboundFlows<'_> {
        OutboundFlows(self)
    }

    /// What banks do with inbound transfers.
    pub fn inbound_transfers(&self) -> InboundTransfers<'_> {
        InboundTransfers(self)
    }

    /// Lets something happen to a flow of Treasury, by its id.
    fn flow(&self, id: &str, event: &str, form: &[(String, String)]) -> Result<(), ApiError> {
        let object = self.object(id).unwrap_or_default();
        let kind = object.text("object").trim_start_matches("treasury.").to_owned();
        self.perform(&self.owner(id)?, &format!("{HELPERS}/{kind}s/{id}/{event}"), form).map(drop)
    }
}

/// One financial account of a sandbox. Amounts are in cents.
#[derive(Debug, Clone)]
pub struct FinancialAccountHandle {
    sandbox: Sandbox,
    id: String,
}

impl FinancialAccountHandle {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The financial account as it is kept.
    pub fn object(&self) -> Option<Json> {
        self.sandbox.object(&self.id)
    }

    /// Somebody sends money by ACH. Gives the id of the received credit, which fails if the account is closed.
    ///
    /// # Errors
    /// If there is no such financial account, or the amount is not one.
    pub fn receive(&self, amount: i64) -> Result<String, ApiError> {
        self.helper("received_credits", amount)
    }

    /// Somebody takes money by ACH. Gives the id of the received debit, which fails if there is not so much.
    ///
    /// # Errors
    /// As [`FinancialAccountHandle::receive`].
    pub fn debit(&self, amount: i64) -> Result<String, ApiError> {
        self.helper("received_debits", amount)
    }

    fn helper(&self, kind: &str, amount: i64) -> Result<String, ApiError> {
        let amount = amount.to_string();
        let members =
            [("amount", &*amount), ("currency", "usd"), ("financial_account", &*self.id), ("network", "ach")];
        let form = members.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let made =
            self.sandbox.perform(&self.sandbox.owner(&self.id)?, &format!("{HELPERS}/{kind}"), &form)?;
        Ok(made.text("id").to_owned())
    }
}

/// Direct transitions of outbound payments and outbound transfers, by their ids.
#[derive(Debug)]
pub struct OutboundFlows<'s>(&'s Sandbox);

impl OutboundFlows<'_> {
    /// The money leaves.
    ///
    /// # Errors
    /// If there is no such flow, or it is not processing any more.
    pub fn post(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "post", &[])
    }

    /// It fails before the money has left.
    ///
    /// # Errors
    /// As [`OutboundFlows::post`].
    pub fn fail(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "fail", &[])
    }

    /// The receiving bank sends the money back, with Stripe's code of the reason such as `account_closed`.
    ///
    /// # Errors
    /// If there is no such flow or code, or its money did not leave, or came back before.
    pub fn give_back(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "return", &[("returned_details[code]".to_owned(), code.to_owned())])
    }
}

/// Direct transitions of inbound transfers.
#[derive(Debug)]
pub struct InboundTransfers<'s>(&'s Sandbox);

impl InboundTransfers<'_> {
    /// The money arrives.
    ///
    /// # Errors
    /// If there is no such transfer, or it is not processing any more.
    pub fn succeed(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "succeed", &[])
    }

    /// The bank refuses, with Stripe's code of the reason such as `insufficient_funds`.
    ///
    /// # Errors
    /// If there is no such transfer or code, or it is not processing any more.
    pub fn fail(&self, id: impl AsRef<str>, code: &str) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "fail", &[("failure_details[code]".to_owned(), code.to_owned())])
    }

    /// The bank takes the money of a transfer that succeeded back; the balance may become negative.
    ///
    /// # Errors
    /// If there is no such transfer, or it did not succeed, or was returned before.
    pub fn give_back(&self, id: impl AsRef<str>) -> Result<(), ApiError> {
        self.0.flow(id.as_ref(), "return", &[])
    }
}
