import { loadVerifier } from "tuf-verifier";
import { testWorlds } from "./engine.js";

testWorlds("component", await loadVerifier());
